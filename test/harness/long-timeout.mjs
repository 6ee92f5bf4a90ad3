// Whole processes and real systems: their tests may take minutes.
import { jest } from '@jest/globals';

jest.setTimeout(300_000);
