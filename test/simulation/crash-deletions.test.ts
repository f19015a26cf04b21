import { crashEverywhere } from './crash-everywhere.js';
import { deletionStories } from './stories.js';

crashEverywhere(deletionStories, 'memory');
