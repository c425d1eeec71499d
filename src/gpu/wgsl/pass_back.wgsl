// The end of a backward kernel: `g` is the gradient by output `i` of the stage before; what goes on is the gradient by what came
// into that stage's activation.
fn pass_back(i: u32, g: f32) {
  dx[i] = g * slope(before_kept[i], before_y[i]);
}
