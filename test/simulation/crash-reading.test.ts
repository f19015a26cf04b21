import { crashEverywhere } from './crash-everywhere.js';
import { readingStories } from './stories.js';

crashEverywhere(readingStories, 'memory');
