import type { Scene } from '../world.js';

export const badDay: Scene = { name: 'bad-day', title: 'bad-day', run: async () => ({}) };
