// Where sample `b` of the mini-batch lies in the buffer `x`: by the list `order` where that holds all samples, else at `b`.
override GATHER: bool;

fn source(b: u32) -> u32 {
  if (GATHER) {
    return order[now.first + b];
  }
  return b;
}
