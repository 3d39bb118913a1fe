//! What compression leaves of a network's layers, as shapes.

use super::magnitude::pruned;
use crate::data::InputShape;
use crate::model::{LayerKind, LayerShape, Part, layers};
use crate::spec::{Method, RunSpec};

/// A layer as it would be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The layer without the channels that are gone.
    pub shape: LayerShape,
    /// Of its weights, how many are left where single ones are pruned.
    pub kept: Option<usize>,
    /// The rank of the two factors that its weights are the product of.
    pub rank: Option<usize>,
}

/// The layers of a run as they would be stored after training.
pub fn stored(spec: &RunSpec, input: InputShape) -> Vec<Stored> {
    let list = layers(&spec.network(), input);
    let mut left: Vec<Stored> = list.iter().cloned().map(whole).collect();
    match &spec.method {
        Method::PruneChannels(settings) => {
            for place in prunable(&list) {
                let channels = list[place].weight[0];
                let kept = channels - pruned(channels, settings.sparsity);
                left[place].shape.weight[0] = kept;
                // A layer behind that takes all pixels at once reads each channel at each of them.
                let behind = &mut left[place + 1].shape.weight[1];
                *behind = *behind / channels * kept;
            }
        }
        Method::PruneWeights(settings) => {
            for layer in &mut left {
                let count = layer.shape.weight.iter().product();
                layer.kept = Some(count - pruned(count, settings.sparsity));
            }
        }
        Method::LowRank(settings) => {
            for layer in &mut left {
                layer.rank = factored_rank(&layer.shape, settings.rank);
            }
        }
        _ => {}
    }
    left
}

fn whole(shape: LayerShape) -> Stored {
    Stored {
        shape,
        kept: None,
        rank: None,
    }
}

/// The layers, by their place, whose output channels can be pruned; the next layer is the only one
/// that reads them. In a plain network these are all but the classifier. In a residual one they are
/// the convolutions inside the blocks: what a block puts out is added to what comes past it, so that
/// its channels would not be gone (Li et al. 2017, section 3.3).
pub fn prunable(layers: &[LayerShape]) -> Vec<usize> {
    let residual = layers.iter().any(|l| l.part != Part::Plain);
    let able = |l: &LayerShape| !l.classifier && (!residual || l.part == Part::Inner);
    let places = layers.iter().zip(0..).filter(|(layer, _)| able(layer));
    places.map(|(_, place)| place).collect()
}

/// The rank that a layer's weights [out, everything else] are cut to: max(1, round(`share` · full
/// rank)). `None` for a layer that stays whole: the classifier, whose rank is the number of classes
/// already; a convolution of the image, whose few weights have hardly any rank to lose; and a layer
/// whose two factors would not be smaller.
pub fn factored_rank(layer: &LayerShape, share: f64) -> Option<usize> {
    if layer.classifier || (layer.stem && layer.kind != LayerKind::Linear) {
        return None;
    }
    let out = layer.weight[0];
    let fan_in: usize = layer.weight[1..].iter().product();
    let rank = ((share * out.min(fan_in) as f64).round() as usize).max(1);
    (rank * (out + fan_in) < out * fan_in).then_some(rank)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::data::shape;
    use crate::spec::{Cell, LowRank, Narrow, PruneChannels, PruneWeights, parse};

    fn run(model: &str, method: Method) -> Vec<Stored> {
        let text = format!(
            "name = \"t\"\n[data]\nset = \"bundled\"\n[model]\nname = \"{model}\"\n[train]\nepochs = 1\nbatch_size = 1\nlr = 1e-3\n"
        );
        let experiment = parse(&text, "test", &[]).unwrap();
        let cell = Cell {
            method,
            ..Cell::CONTROL
        };
        let spec = RunSpec::at(&experiment, 0.0, &cell, 0);
        stored(&spec, shape(&spec.data))
    }

    fn weights(list: &[Stored]) -> Vec<Vec<usize>> {
        list.iter().map(|l| l.shape.weight.clone()).collect()
    }

    #[test]
    fn channels_go_from_a_layer_and_from_the_one_behind_it() {
        let pruning = Method::PruneChannels(PruneChannels {
            sparsity: 0.75,
            ..Default::default()
        });
        let cnn = weights(&run("cnn", pruning.clone()));
        assert_eq!(cnn[0], [8, 1, 3, 3]);
        assert_eq!(cnn[4], [32, 16, 3, 3]);
        assert_eq!(cnn[5], [10, 32]);
        for layer in run("resnet20", pruning) {
            let [out, fan_in] = [layer.shape.weight[0], layer.shape.weight[1]];
            match layer.shape.name.split_once('.') {
                Some((_, "conv1")) => assert!([4, 8, 16].contains(&out)),
                Some(_) => assert_eq!(fan_in * 4, out, "{}", layer.shape.name),
                None => assert!(out == 16 || fan_in == 64, "{}", layer.shape.name),
            }
        }
    }

    #[test]
    fn single_weights_go_from_every_layer() {
        let pruning = Method::PruneWeights(PruneWeights::default());
        for layer in run("cnn", pruning) {
            let count: usize = layer.shape.weight.iter().product();
            let expected = count - (0.9 * count as f64).round_ties_even() as usize;
            assert_eq!(layer.kept, Some(expected), "{}", layer.shape.name);
        }
    }

    #[test]
    fn a_layer_is_factored_only_where_that_is_smaller() {
        let ranks = |model, rank| {
            let settings = LowRank { rank, start: 0.5 };
            let list = run(model, Method::LowRank(settings));
            list.iter().map(|l| l.rank).collect::<Vec<_>>()
        };
        assert_eq!(ranks("mlp", 0.25), [Some(64), Some(64), Some(64), None]);
        // 256·256 weights are as many as two factors of rank 128.
        assert_eq!(ranks("mlp", 0.5), [Some(128), None, None, None]);
        let cnn = ranks("cnn", 0.25);
        assert_eq!(cnn, [None, Some(8), Some(16), Some(16), Some(32), None]);
        assert_eq!(ranks("cnn", 0.001)[1], Some(1));
        assert!(ranks("mlp", 1.0).iter().all(Option::is_none));
    }

    #[test]
    fn a_narrow_network_is_one_of_that_width() {
        let half = weights(&run("cnn", Method::Narrow(Narrow::default())));
        assert_eq!(half[1], [16, 16, 3, 3]);
        assert_eq!(half[5], [10, 64]);
    }
}
