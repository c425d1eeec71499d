// Points painted on the map, with mouse and keys; and data that are damaged on purpose.
import { expect, expectAccessible, test, trains } from './fixtures.mjs';

const PAINTED = '#/play?data=painted&model=dense:6,relu&lr=0.02&batch=20&epochs=1000';
const tools = (page) => page.getByTestId('painter');
const layer = (page) => page.getByTestId('painter-layer');
const counts = (page, count) => expect(tools(page)).toContainText(`${count} of 300 points`);

test('points are painted, moved, erased and undone by mouse, and are learnt from', async ({ open, page }) => {
  await open('#/play?data=circle&model=dense:6,relu&lr=0.02&batch=20&epochs=1000');
  await trains(page);
  await page.getByTestId('control-data').getByRole('combobox').selectOption('painted');
  await counts(page, 20);
  await trains(page);
  await expectAccessible(page, { within: '.painter' });
  await layer(page).scrollIntoViewIfNeeded();
  // The map changes its size with the words around it.
  const at = async (x, y) => {
    const box = await layer(page).boundingBox();
    return [box.x + x * box.width, box.y + y * box.height];
  };

  await tools(page).getByRole('button', { name: 'Paint points of class C' }).click();
  await page.mouse.move(...await at(0.1, 0.1));
  await page.mouse.down();
  await page.mouse.move(...await at(0.4, 0.1), { steps: 12 });
  await page.mouse.up();
  await expect(page).toHaveURL(/points=/);
  await expect(tools(page)).toContainText(/2[5-9] of 300 points/);
  await expect(page.getByTestId('boundary')).toContainText('C');
  await trains(page);
  const painted = new URL(page.url()).hash;

  await tools(page).getByRole('button', { name: /^Move/ }).click();
  await page.mouse.move(...await at(0.1, 0.1));
  await page.mouse.down();
  await page.mouse.move(...await at(0.2, 0.9), { steps: 3 });
  await page.mouse.up();
  await expect(page).not.toHaveURL(new RegExp(`${painted.slice(1).replace(/[?.*+]/g, '.')}$`));
  await tools(page).getByRole('button', { name: /^Erase/ }).click();
  await page.mouse.click(...await at(0.2, 0.9));
  await expect(tools(page)).toContainText(/2[4-8] of 300 points/);
  await tools(page).getByRole('button', { name: 'Undo' }).click();
  await tools(page).getByRole('button', { name: 'Undo' }).click();
  await expect.poll(() => new URL(page.url()).hash).toBe(painted);

  await tools(page).getByRole('button', { name: 'Clear' }).click();
  await expect(tools(page)).toContainText('Paint at least 4 points, of two classes or more.');
  await expect(page.getByTestId('boundary'), 'the run before goes on').toBeVisible();
  await tools(page).getByRole('button', { name: 'Undo' }).click();
  await expect(tools(page)).toContainText(/2[5-9] of 300 points/);
});

test('points are painted by keyboard, and survive a reload', async ({ open, page }) => {
  await open(PAINTED);
  await trains(page);
  await layer(page).focus();
  await page.keyboard.press('Shift+ArrowUp');
  await page.keyboard.press('Shift+ArrowLeft');
  await page.keyboard.press('Enter');
  await counts(page, 21);
  await page.keyboard.press('Delete');
  await expect(tools(page)).toContainText(/(1\d|20) of 300 points/);
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  const said = await tools(page).getByRole('status').textContent();
  await expect(page).toHaveURL(/points=/);
  await page.reload();
  await expect(tools(page)).toContainText(said);
});

test('damage that cannot be done is told at its field', async ({ open, page }) => {
  await open('#/play?data=plane&loss=mse&imbalance=5');
  await expect(page.getByTestId('refused').or(page.getByTestId('trouble')).first()).toContainText('imbalance');
  await page.getByTestId('section-damage').locator('summary').click();
  await expect(page.getByTestId('control-imbalance')).toContainText('it makes classes rare');
});

test('damage to the data is counted, and makes classes rare', async ({ open, page }) => {
  await open('#/play?data=digits&labelnoise=0.4&imbalance=5&epochs=1000');
  await trains(page);
  await expect(page.getByTestId('section-damage')).toContainText('2 set');
  await expect(page.getByTestId('control-data')).not.toContainText('1,437 training');
});
