// One update of all parameters of all layers. Joined with an optimizer's rule, which defines `update(i, p, g)`: the new value of
// parameter `i`, whose memory is `memory[slot * LENGTH + i]`.
@group(0) @binding(1) var<storage, read> partials: array<f32>;
@group(0) @binding(2) var<storage, read> spans: array<Span>;
// Bit 0: alive (not held at zero). Bit 1: a weight, which penalties act on. Bit 2: clipped when it was rounded, so that no gradient passes. Bit 3: a
// running statistic, which no rule moves.
@group(0) @binding(3) var<storage, read> traits: array<u32>;
@group(0) @binding(4) var<storage, read_write> params: array<f32>;
@group(0) @binding(5) var<storage, read_write> memory: array<f32>;

// Parameters `start..end` of a layer. Their gradient is the sum of `parts` partial ones, each as long as the span, from `base` on.
struct Span {
  start: u32,
  end: u32,
  base: u32,
  parts: u32,
}

override LENGTH: u32;
override SPANS: u32;

fn gradient(i: u32) -> f32 {
  var span = spans[0];
  for (var s = 1u; s < SPANS && i >= span.end; s++) {
    span = spans[s];
  }
  var g = 0.0;
  for (var part = 0u; part < span.parts; part++) {
    g += partials[span.base + part * (span.end - span.start) + i - span.start];
  }
  return g;
}

fn each(i: u32) {
  if (i >= LENGTH || (traits[i] & 8u) != 0u) {
    return;
  }
  let p = params[i];
  var g = select(gradient(i), 0.0, (traits[i] & 4u) != 0u);
  if ((traits[i] & 2u) != 0u) {
    g += now.penalty.x * sign(p) + now.penalty.y * p;
  }
  params[i] = select(0.0, update(i, p, g), (traits[i] & 1u) != 0u);
}
