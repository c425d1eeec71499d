import { test } from './fixtures.mjs';

test.use({ base: '/some/folder/' });

test('the page works in a folder of a site', async ({ open }) => {
  await open();
});
