//! A residual block, put together for the shape at which it is to stand.

use super::{
    Pick,
    edit::{habit, insert},
    info, size_spec,
};
use crate::engine::shape::Shape;

/// Key under which menus offer a residual block; no layer has it.
pub const RESIDUAL: &str = "residual";

/// What help says of it.
pub const HELP: &str = teach!(
    "Layers that give back the shape they are given, the connection that adds their input to their output, and an activation: what is there passes through, and the layers learn what to change about it. It is made for the shape at the end of the list, as in ResNets: two convolutions with batch normalization on an image, two dense layers on a row, self-attention with layer normalization on steps."
);

/// Adds a residual block behind row `after`, at the front for `None`, where samples have this shape. Its activations are those of the model.
pub fn add_block(model: &mut Vec<Pick>, after: Option<usize>, shape: &Shape) {
    let block = residual(shape, &habit(model));
    insert(model, after, block);
}

/// The layers of a residual block for samples of `shape`, with `activation` where one is called for. What is wider than a layer can be is narrowed first.
fn residual(shape: &Shape, activation: &Pick) -> Vec<Pick> {
    let mut block = Vec::new();
    if shape.0.len() == 2 {
        block.extend([Pick::new("attention"), Pick::new("add").with("back", 1.0), Pick::new("layernorm")]);
        return block;
    }
    let (key, normalizes) = if shape.image().is_some() { ("conv2d", true) } else { ("dense", false) };
    let Some(spec) = info(key).and_then(|info| size_spec(&info)) else { return block };
    let layer = |block: &mut Vec<Pick>, size: f64| {
        block.push(Pick::new(key).with(spec.key, size));
        if normalizes {
            block.push(Pick::new("batchnorm"));
        }
    };
    let mut size = shape.positions().1 as f64;
    if spec.check(size).is_err() {
        size = spec.default;
        layer(&mut block, size);
        block.push(activation.clone());
    }
    let begin = block.len();
    layer(&mut block, size);
    block.push(activation.clone());
    layer(&mut block, size);
    block.push(Pick::new("add").with("back", (block.len() - begin) as f64));
    block.push(activation.clone());
    block
}

#[cfg(test)]
mod tests {
    use super::{super::*, *};
    use crate::experiment::{link, presets};

    fn keys(picks: &[Pick]) -> String {
        picks.iter().map(|p| p.key.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_block_fits_wherever_it_is_put() {
        for shape in [vec![1], vec![2], vec![784], vec![6272], vec![28, 28, 1], vec![7, 5, 24], vec![1, 1, 300], vec![12, 8], vec![5, 7]] {
            let shape = Shape(shape);
            let block = residual(&shape, &Pick::new("tanh"));
            let (outlines, error) = outline(&block, &shape, 10);
            assert_eq!((outlines.len(), error), (block.len(), None), "{shape}");
            let wide = *shape.0.last().expect("a shape");
            assert!(wide > 256 && block.len() > 5 || outlines.last().is_some_and(|o| o.shape == shape), "{shape}");
            assert!(!keys(&block).contains("relu"));
        }
    }

    #[test]
    fn a_block_is_made_as_its_shape_asks() {
        let relu = Pick::new("relu");
        let row = residual(&Shape(vec![8]), &relu);
        assert_eq!((keys(&row).as_str(), row[3].params["back"]), ("dense relu dense add relu", 3.0));
        assert_eq!([&row[0], &row[2]].map(|p| p.params["units"]), [8.0; 2]);
        assert_eq!(keys(&residual(&Shape(vec![9, 4]), &relu)), "attention add layernorm");
        assert_eq!(keys(&residual(&Shape(vec![5000]), &relu)), "dense relu dense relu dense add relu");
        // As the gallery's residual network has them.
        let image = residual(&Shape(vec![14, 14, 8]), &relu);
        let gallery = presets::ALL.iter().find(|p| p.key == "resnet").expect("a residual network").link;
        let model = link::decode(gallery).0.model;
        let sizes = |picks: &[Pick]| picks.iter().map(size).collect::<Vec<_>>();
        assert_eq!((keys(&image), sizes(&image)), (keys(&model[3..10]), sizes(&model[3..10])));
        assert_eq!(image[5].params, model[8].params);
    }

    #[test]
    fn a_block_goes_behind_a_row_and_older_connections_lead_on() {
        let shape = Shape(vec![6]);
        let mut model = Vec::new();
        add_block(&mut model, None, &shape);
        assert_eq!(keys(&model), "dense relu dense add relu");
        activate(&mut model, 0, Some("tanh"));
        add_block(&mut model, Some(0), &shape);
        assert_eq!(keys(&model), "dense tanh dense relu dense add relu dense add relu");
        assert_eq!((model[5].params["back"], model[8].params["back"]), (3.0, 8.0));
        assert_eq!(outline(&model, &shape, 3).1, None);
    }
}
