// What changes from step to step: records of 256 bytes, of which a dispatch's dynamic offset chooses one, so that the commands of
// all steps are the same.
struct Step {
  // Samples in the mini-batch.
  samples: u32,
  // Where the numbers of its samples begin in `order`.
  first: u32,
  // Place of the step within its slice.
  index: u32,
  // Numbers of the optimizer's rule that change with the step; see the rule's file.
  rule: vec4f,
  // L1 and L2 penalty on weights, and the longest that the weights into a unit may be (0: no limit).
  penalty: vec3f,
}
@group(0) @binding(0) var<uniform> now: Step;
