// What fingers do that a mouse does: layers are dragged, points are painted. Touches go through the browser, so that a finger that scrolls is told from one
// that drags as on a phone.
import { expect, test, trains } from './fixtures.mjs';

const THREE = '#/play?data=circle&model=dense:6,relu,dropout:0.1,dense:4,tanh&lr=0.02&batch=20&epochs=1000';
const PAINTED = '#/play?data=painted&model=dense:6,relu&lr=0.02&batch=20&epochs=1000';

test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

/** A finger: `down`, `to` in some steps, `up`, and `lost` where the system takes it away. */
async function finger(page) {
  const session = await page.context().newCDPSession(page);
  const send = (type, ...at) => session.send('Input.dispatchTouchEvent', { type, touchPoints: at.map(([x, y]) => ({ x, y })) });
  let from;
  return {
    down: (at) => send('touchStart', (from = at)),
    async to([x, y], steps = 8) {
      const [x0, y0] = from;
      for (let i = 1; i <= steps; i++) await send('touchMove', [x0 + ((x - x0) * i) / steps, y0 + ((y - y0) * i) / steps]);
      from = [x, y];
    },
    up: () => send('touchEnd'),
    lost: () => send('touchCancel'),
  };
}

const middle = ({ x, y, width, height }) => [x + width / 2, y + height / 2];
const units = (page, row) => page.getByTestId(`control-layer${row}.units`).getByRole('textbox');
const counts = (page, count) => expect(page.getByTestId('painter')).toContainText(`${count} of 300 points`);

/** Opens the list of layers with its first three rows in sight; where they are. */
async function layers(page) {
  await page.getByTestId('grip-0').scrollIntoViewIfNeeded();
  await page.getByTestId('layer-0').evaluate((row) => row.scrollIntoView({ block: 'start' }));
  // Below the bar that stays at the top.
  await page.evaluate(() => scrollBy(0, -120));
  return Promise.all(['grip-0', 'layer-0', 'layer-1'].map((id) => page.getByTestId(id).boundingBox()));
}

test('a layer is dragged by a finger, and the page does not scroll under it', async ({ open, page }) => {
  await open(THREE);
  await trains(page);
  const [grip, , second] = await layers(page);
  const scrolled = () => page.evaluate(() => [...document.querySelectorAll('*')].reduce((sum, e) => sum + e.scrollTop, 0));
  const before = await scrolled();
  const hand = await finger(page);
  await hand.down(middle(grip));
  await hand.to([middle(grip)[0], second.y + second.height - 4]);
  await expect(page.getByTestId('layer-0')).toHaveClass(/layer-dragged/);
  await expect(page.getByTestId('layer-2')).toHaveClass(/layer-drop-above/);
  expect(await scrolled()).toBe(before);
  await hand.up();
  await expect(page.locator('.layer-dragged')).toHaveCount(0);
  await expect(units(page, 1)).toHaveValue('6');
  await expect(page.locator('#layer-1-activation')).toHaveValue('relu');
  await expect(page.getByTestId('draft')).toContainText('New layers start a new run.');
});

test('a drag that the system takes away changes nothing, and a finger beside the grip scrolls', async ({ open, page }) => {
  await open(THREE);
  await trains(page);
  const [grip, first, second] = await layers(page);
  const hand = await finger(page);
  await hand.down(middle(grip));
  await hand.to([middle(grip)[0], second.y + second.height - 4]);
  await expect(page.getByTestId('layer-0')).toHaveClass(/layer-dragged/);
  await hand.lost();
  await expect(page.locator('.layer-dragged')).toHaveCount(0);
  await expect(units(page, 0)).toHaveValue('6');
  const name = [first.x + 60, first.y + 20];
  await hand.down(name);
  await hand.to([name[0], name[1] + 80]);
  await hand.up();
  await expect.poll(async () => (await page.getByTestId('layer-0').boundingBox()).y).toBeGreaterThan(first.y + 20);
  await expect(page.getByTestId('draft')).toHaveCount(0);
});

test('points are painted and moved by a finger, and are learnt from', async ({ open, page }) => {
  await open(PAINTED);
  await trains(page);
  await counts(page, 20);
  const layer = page.getByTestId('painter-layer');
  await layer.scrollIntoViewIfNeeded();
  const at = async (x, y) => {
    const box = await layer.boundingBox();
    return [box.x + x * box.width, box.y + y * box.height];
  };
  const hand = await finger(page);
  await page.getByTestId('painter').getByRole('button', { name: 'Paint points of class C' }).tap();
  await layer.evaluate((map) => map.scrollIntoView({ block: 'center' }));
  await hand.down(await at(0.1, 0.1));
  await hand.up();
  await counts(page, 21);
  const top = (await layer.boundingBox()).y;
  await hand.down(await at(0.15, 0.2));
  await hand.to(await at(0.15, 0.8), 14);
  await hand.up();
  await expect(page.getByTestId('painter')).toContainText(/(2[4-9]|3\d) of 300 points/);
  await expect(page).toHaveURL(/points=/);
  await expect(page.getByTestId('boundary')).toContainText('C');
  expect(Math.abs((await layer.boundingBox()).y - top), 'the map stays where it is').toBeLessThan(40);
  await trains(page);
  const painted = new URL(page.url()).hash;
  await page.getByTestId('painter').getByRole('button', { name: /^Move/ }).tap();
  await layer.evaluate((map) => map.scrollIntoView({ block: 'center' }));
  await hand.down(await at(0.1, 0.1));
  await hand.to(await at(0.5, 0.9), 4);
  await hand.up();
  await expect.poll(() => new URL(page.url()).hash).not.toBe(painted);
  // Not by a tap: a browser may take one so soon after a finger's stroke for part of another gesture.
  await page.getByTestId('painter').getByRole('button', { name: 'Undo' }).click();
  await expect.poll(() => new URL(page.url()).hash).toBe(painted);
});
