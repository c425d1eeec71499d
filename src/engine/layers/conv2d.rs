//! Two-dimensional convolution.

use super::{Conv2dShape, Grads, Layer, Op, Pass, Plan, make};
use crate::{
    engine::{
        catalog::Entry,
        params::{ParamSpec, Scale, Values, Word},
        shape::{Role, Shape, TensorSpec},
    },
    kernels::{conv2d, elementwise},
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "conv2d",
    label: "Convolution",
    help: teach!(
        "Slides small filters over an image and reports where each one matches. The same few weights serve every position, so it needs far fewer parameters than a dense layer, and far more multiplications per parameter."
    ),
    formula: teach!(r"y_{i,j,f} = b_f + \sum_{u,v,c} w_{u,v,c,f}\; x_{s i + u - p,\; s j + v - p,\; c}"),
    source: teach!("LeCun et al. 1989, Backpropagation applied to handwritten zip code recognition"),
    params: &[FILTERS, KERNEL, STRIDE, PADDING],
    build: make!(Conv2d::new),
};

const FILTERS: ParamSpec = ParamSpec {
    key: "filters",
    label: "Filters",
    unit: "channels",
    range: (1.0, 256.0),
    scale: Scale::Integer,
    default: 8.0,
    help: teach!("How many patterns the layer looks for; each becomes a channel of the output. Bytes and time grow in proportion."),
    ..ParamSpec::NEW
};
pub(super) const KERNEL: ParamSpec = ParamSpec {
    key: "kernel",
    label: "Kernel size",
    unit: "pixels",
    range: (1.0, 11.0),
    scale: Scale::Integer,
    default: 3.0,
    help: teach!("Edge of the square window that a filter sees. 3 is the usual choice; 1 mixes channels without looking at neighbours."),
    ..ParamSpec::NEW
};
pub(super) const STRIDE: ParamSpec = ParamSpec {
    key: "stride",
    label: "Stride",
    unit: "pixels",
    range: (1.0, 8.0),
    scale: Scale::Integer,
    default: 1.0,
    help: teach!("How far the window moves between two outputs. 2 halves the edge of the output and quarters the work."),
    ..ParamSpec::NEW
};
/// `same`: the output edge is `⌈input / stride⌉`. `⌊(kernel − 1) / 2⌋` zeros go before the first row and column, and as many as
/// the last window needs go after the last. At stride 1 that is what TensorFlow and PyTorch call `same`; at larger strides it is
/// PyTorch's `padding = (kernel − 1) / 2` for odd kernels (TensorFlow may begin half a stride later there).
pub(super) const PADDING: ParamSpec = ParamSpec {
    key: "padding",
    label: "Padding",
    range: (0.0, 1.0),
    scale: Scale::Choice(&[Word { key: "same", label: "Same (zeros around)" }, Word { key: "valid", label: "Valid (none)" }]),
    default: 0.0,
    help: teach!(
        "Same puts zeros around the image so that its size stays (divided by the stride). Valid uses whole windows only, and the image shrinks by the kernel size less one."
    ),
    ..ParamSpec::NEW
};

/// Sizes of `filters` filters for `input`. Errors: a flat input, or a kernel that does not fit into it without padding.
pub(super) fn geometry(values: &Values, input: &Shape, filters: usize) -> Result<Conv2dShape, String> {
    let Some((height, width, channels)) = input.image() else {
        return Err(format!("it needs an image, and a flat input of {input} values comes in: put it before any flatten or dense layer"));
    };
    let (kernel, stride) = (values.usize(&KERNEL), values.usize(&STRIDE));
    let same = values.get(&PADDING) == 0.0;
    if !same && (kernel > height || kernel > width) {
        return Err(format!("a {kernel}×{kernel} kernel is larger than its {height}×{width} input: use a smaller kernel or padding same"));
    }
    let edge = |n: usize| if same { n.div_ceil(stride) } else { (n - kernel) / stride + 1 };
    Ok(Conv2dShape {
        input: (height, width, channels),
        output: (edge(height), edge(width)),
        filters,
        kernel,
        stride,
        padding: if same { (kernel - 1) / 2 } else { 0 },
    })
}

struct Conv2d {
    shape: Conv2dShape,
    output: Shape,
}

impl Conv2d {
    fn new(values: &Values, input: &Shape) -> Result<Self, String> {
        let shape = geometry(values, input, values.usize(&FILTERS))?;
        Ok(Self { shape, output: Shape(vec![shape.output.0, shape.output.1, shape.filters]) })
    }
}

impl Plan for Conv2d {
    fn output(&self) -> &Shape {
        &self.output
    }

    fn tensors(&self) -> Vec<TensorSpec> {
        let Conv2dShape { kernel, filters, .. } = self.shape;
        let (fan_in, fan_out) = (self.shape.patch(), kernel * kernel * filters);
        let shape = vec![kernel, kernel, self.shape.input.2, filters];
        vec![
            TensorSpec { name: "weight", role: Role::Weight, shape, fan_in, fan_out },
            TensorSpec { name: "bias", role: Role::Bias, shape: vec![filters], fan_in, fan_out },
        ]
    }

    fn macs(&self) -> u64 {
        self.shape.output_len() as u64 * self.shape.patch() as u64
    }
}

impl Layer for Conv2d {
    fn forward(&self, pass: &mut Pass<'_>, params: &[f32], x: &[f32], y: &mut [f32]) {
        let (weight, bias) = params.split_at(self.shape.patch() * self.shape.filters);
        conv2d::forward(&self.shape, pass.batch, x, weight, bias, y, pass.scratch);
    }

    fn backward(&self, params: &[f32], grads: Grads<'_>) {
        let weights = self.shape.patch() * self.shape.filters;
        let (dweight, dbias) = grads.dparams.split_at_mut(weights);
        conv2d::backward_weight(&self.shape, grads.batch, grads.x, grads.dy, dweight, grads.scratch);
        elementwise::sum_rows(grads.dy, dbias);
        if let Some(dx) = grads.dx {
            conv2d::backward_input(&self.shape, grads.batch, &params[..weights], grads.dy, dx, grads.scratch);
        }
    }

    fn op(&self) -> Op {
        Op::Conv2d(self.shape)
    }
}
