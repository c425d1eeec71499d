// The way back through a skip connection: the gradient by what it adds, `dy`, joins the one by the output of the stage at which it begins, of which `dx` holds
// what came through the other layers, the activation's slope in it.
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> before_y: array<f32>;
@group(0) @binding(3) var<storage, read> before_kept: array<f32>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;

override WIDTH: u32;

fn each(i: u32) {
  if (i < now.samples * WIDTH) {
    dx[i] += dy[i] * slope(before_kept[i], before_y[i]);
  }
}
