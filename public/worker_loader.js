// The worker that trains and measures.
import { load } from './engine-build.js';

await load('worker', self.location.search);
