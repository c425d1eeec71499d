// Makes a screenshot small: at most 256 colours, chosen by median cut, one byte a pixel. Pages have few colours, so that what is
// lost cannot be seen. Reads what the browser writes (8 bits, RGB or RGBA, not interlaced).
import zlib from 'node:zlib';

const SIGNATURE = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
const CRC = new Uint32Array(256).map((_, n) => {
  for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n;
});

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  let crc = 0xffffffff;
  for (const byte of body) crc = CRC[(crc ^ byte) & 255] ^ (crc >>> 8);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(~crc >>> 0, body.length + 4);
  return out;
}

/** Width, height and colours (0xRRGGBB, row by row) of a PNG. */
export function decode(png) {
  if (!png.subarray(0, 8).equals(SIGNATURE)) throw new Error('not a PNG');
  let width, height, channels;
  const packed = [];
  for (let at = 8; at < png.length; ) {
    const [length, type] = [png.readUInt32BE(at), png.toString('latin1', at + 4, at + 8)];
    const data = png.subarray(at + 8, at + 8 + length);
    if (type === 'IHDR') {
      [width, height] = [data.readUInt32BE(0), data.readUInt32BE(4)];
      channels = { 2: 3, 6: 4 }[data[9]];
      if (data[8] !== 8 || !channels || data[12]) throw new Error('a kind of PNG that is not read here');
    } else if (type === 'IDAT') packed.push(data);
    at += length + 12;
  }
  const raw = zlib.inflateSync(Buffer.concat(packed));
  const stride = width * channels;
  const colours = new Uint32Array(width * height);
  let before = new Uint8Array(stride);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (stride + 1)];
    const row = Uint8Array.from(raw.subarray(y * (stride + 1) + 1, (y + 1) * (stride + 1)));
    for (let i = 0; i < stride; i++) {
      const [a, b, c] = [i < channels ? 0 : row[i - channels], before[i], i < channels ? 0 : before[i - channels]];
      const p = a + b - c;
      const [pa, pb, pc] = [Math.abs(p - a), Math.abs(p - b), Math.abs(p - c)];
      row[i] += [0, a, b, (a + b) >> 1, pa <= pb && pa <= pc ? a : pb <= pc ? b : c][filter];
    }
    for (let x = 0; x < width; x++) colours[y * width + x] = (row[x * channels] << 16) | (row[x * channels + 1] << 8) | row[x * channels + 2];
    before = row;
  }
  return { width, height, colours };
}

const part = (colour, shift) => (colour >> shift) & 255;

/** At most 256 colours for these, each with how often it occurs. */
function palette(counts) {
  const boxes = [[...counts.keys()]];
  const widest = (box) =>
    [16, 8, 0].map((shift) => {
      const parts = box.map((colour) => part(colour, shift));
      return { shift, span: parts.reduce((a, b) => Math.max(a, b)) - parts.reduce((a, b) => Math.min(a, b)) };
    }).reduce((a, b) => (b.span > a.span ? b : a));
  const weight = (box) => box.reduce((sum, colour) => sum + counts.get(colour), 0);
  const worth = (box) => (box.length > 1 ? widest(box).span * Math.sqrt(weight(box)) : 0);
  const worths = [worth(boxes[0])];
  while (boxes.length < 256) {
    const at = worths.indexOf(Math.max(...worths));
    if (!worths[at]) break;
    const box = boxes[at];
    const { shift } = widest(box);
    box.sort((a, b) => part(a, shift) - part(b, shift));
    let [half, cut] = [weight(box) / 2, 1];
    for (let sum = counts.get(box[0]); cut < box.length - 1 && sum < half; cut++) sum += counts.get(box[cut]);
    const halves = [box.slice(0, cut), box.slice(cut)];
    boxes.splice(at, 1, ...halves);
    worths.splice(at, 1, ...halves.map(worth));
  }
  // The commonest colour of a box stands for it: flat grounds keep theirs exactly.
  return boxes.map((box) => box.reduce((a, b) => (counts.get(b) > counts.get(a) ? b : a)));
}

/** The same picture with at most 256 colours, as a PNG. */
export function reduce(png) {
  const { width, height, colours } = decode(png);
  const counts = new Map();
  for (const colour of colours) counts.set(colour, (counts.get(colour) ?? 0) + 1);
  const chosen = palette(counts);
  const distance = (a, b) => 2 * (part(a, 16) - part(b, 16)) ** 2 + 4 * (part(a, 8) - part(b, 8)) ** 2 + 3 * (part(a, 0) - part(b, 0)) ** 2;
  const nearest = new Map();
  for (const colour of counts.keys()) nearest.set(colour, chosen.reduce((best, c, i) => (distance(c, colour) < distance(chosen[best], colour) ? i : best), 0));
  const rows = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) rows[y * (width + 1) + 1 + x] = nearest.get(colours[y * width + x]);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  const table = Buffer.from(chosen.flatMap((c) => [part(c, 16), part(c, 8), part(c, 0)]));
  return Buffer.concat([SIGNATURE, chunk('IHDR', header), chunk('PLTE', table), chunk('IDAT', zlib.deflateSync(rows, { level: 9 })), chunk('IEND', Buffer.alloc(0))]);
}
