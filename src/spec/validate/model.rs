//! Networks that cannot be built, and weights that do not belong to them.

use super::Checks;
use crate::spec::experiment::Experiment;
use crate::spec::names::{MethodName, ModelName};

impl Checks {
    /// Width and norm are in range, and a file of weights is of a network that there are such files of.
    pub(super) fn model(&mut self, e: &Experiment) {
        let model = &e.model;
        self.check((0.1..=8.0).contains(&model.width), "model.width", || {
            format!("{} is out of range: use 0.1 to 8", model.width)
        });
        self.check(
            !(model.batch_norm == Some(true) && model.name == ModelName::Mlp),
            "model.batch_norm",
            || "an mlp has no convolutions to put it after: leave it out, or use cnn".into(),
        );
        if model.weights.is_none() {
            return;
        }
        self.check(model.name.has_published_weights(), "model.weights", || {
            let all = ModelName::ALL.iter().filter(|n| n.has_published_weights());
            let names: Vec<_> = all.map(|n| n.as_str()).collect();
            format!(
                "there are no published weights of {}: leave it out, or use {}",
                model.name,
                names.join(" or ")
            )
        });
        self.check(model.has_batch_norm(), "model.batch_norm", || {
            "published weights come with batch norm: leave it out, or leave model.weights out"
                .into()
        });
        self.check(!e.data.is_grey(), "model.weights", || {
            format!(
                "published weights are for colour, and the images of {} are grey: leave it out, or use images in colour",
                e.data.set
            )
        });
        self.check(
            !e.method.names.contains(&MethodName::Narrow),
            "method.names",
            || {
                "the weights of a whole network do not fit a narrow one: leave narrow or model.weights out"
                    .into()
            },
        );
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::spec::{expand, parse, run_id};

    const SPEC: &str = "name = \"t\"\n[data]\nset = \"cifar10\"\n[model]\nname = \"imagenet-resnet18\"\n\
        weights = \"r18.pth\"\n[train]\nepochs = 1\nbatch_size = 8\nlr = 0.1\n";

    #[test]
    fn weights_are_of_networks_that_have_them_and_for_colour() {
        parse(SPEC, "test", &[]).unwrap();
        for (change, reason) in [
            (
                "model.name=resnet18",
                "model.weights: there are no published weights of resnet18",
            ),
            (
                "model.batch_norm=false",
                "model.batch_norm: published weights come with",
            ),
            (
                "data.set=bundled",
                "model.weights: published weights are for colour",
            ),
            (
                "method.names=[\"narrow\"]",
                "method.names: the weights of a whole network",
            ),
        ] {
            let error = parse(SPEC, "test", &[change.into()])
                .unwrap_err()
                .to_string();
            assert_eq!(error.matches("model.weights").count(), 1, "{error}");
            assert!(error.contains(reason), "{error}");
        }
    }

    #[test]
    fn a_run_is_another_with_other_weights_and_knows_them_by_their_whole_path() {
        let run = |change: &str| expand(&parse(SPEC, "test", &[change.into()]).unwrap()).remove(0);
        let (one, other) = (run("model.width=1.0"), run("model.weights=\"/w/r18.pth\""));
        assert!(one.model.weights.as_ref().unwrap().is_absolute());
        assert_ne!(run_id(&one), run_id(&other));
        let drawn = expand(&parse(&SPEC.replace("weights = \"r18.pth\"\n", ""), "t", &[]).unwrap());
        // What has no file is written as it was before there were files.
        assert!(!toml::to_string(&drawn[0]).unwrap().contains("weights"));
    }
}
