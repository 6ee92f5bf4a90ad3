import type { Scene } from '../world.js';

export const explainScene: Scene = { name: 'explain', title: 'explain', run: async () => ({}) };
