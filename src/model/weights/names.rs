//! What published weights call the tensors of a network.

use super::super::shape::blocks;
use crate::spec::ModelName;

/// A name that every file of weights has, and none twice.
pub(super) const ANCHOR: &str = "layer1.0.conv1.weight";

/// The name that torchvision and timm have for a parameter of a network; `None` for what is not in
/// their files, such as a quantizer's step.
pub(super) fn published(model: ModelName, parameter: &str) -> Option<String> {
    let (layer, leaf) = parameter.split_once(".norm.").map_or_else(
        || {
            parameter
                .rsplit_once('.')
                .filter(|(_, leaf)| ["weight", "bias"].contains(leaf))
        },
        |(layer, leaf)| Some((layer, norm(leaf)?)),
    )?;
    let normed = parameter.contains(".norm.");
    let kind = if normed { "bn" } else { "conv" };
    match layer.split_once('.') {
        None if layer == "stem" => Some(format!("{kind}1.{leaf}")),
        None if layer == "classifier" => Some(format!("fc.{leaf}")),
        None => None,
        Some((block, place)) => {
            let (stage, block) = place_of(model, block.strip_prefix("block")?.parse().ok()?)?;
            Some(match place.strip_prefix("conv") {
                Some(number) => format!("layer{stage}.{block}.{kind}{number}.{leaf}"),
                None => {
                    let place = usize::from(normed);
                    format!("layer{stage}.{block}.downsample.{place}.{leaf}")
                }
            })
        }
    }
}

/// Whether a tensor of a file is of no account: a counter of batches that PyTorch keeps.
pub(super) fn is_counter(name: &str) -> bool {
    name.ends_with("num_batches_tracked")
}

fn norm(leaf: &str) -> Option<&'static str> {
    Some(match leaf {
        "scale" => "weight",
        "shift" => "bias",
        "mean" => "running_mean",
        "variance" => "running_var",
        _ => return None,
    })
}

/// Stage, counted from 1, and place in it, counted from 0, of a block that is counted from 1.
fn place_of(model: ModelName, number: usize) -> Option<(usize, usize)> {
    let mut before = number.checked_sub(1)?;
    for (stage, count) in blocks(model).iter().enumerate() {
        if before < *count {
            return Some((stage + 1, before));
        }
        before -= count;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_file_has_is_called_something() {
        let of = |name| published(ModelName::ImagenetResnet18, name);
        for name in [
            "stem.weight.mask",
            "stem.weight_step",
            "block1.conv2.input_range",
            "block1.conv2.right",
            "block9.conv1.weight",
            "hidden1.weight",
            "stem.norm.mask",
        ] {
            assert_eq!(of(name), None, "{name}");
        }
        let fifty = published(ModelName::ImagenetResnet50, "block8.shortcut.norm.variance");
        assert_eq!(fifty.as_deref(), Some("layer3.0.downsample.1.running_var"));
    }
}
