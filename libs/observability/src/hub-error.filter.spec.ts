import { expect, test } from '@jest/globals';
import { HubError } from '#kernel';
import { httpStatusOf } from './hub-error.filter.js';

test('a request whose event finds no room in the outbox is to be sent again: 503, with what to do', () => {
  const error = new HubError('HUB_OUTBOX_FULL', 'Too many events wait for the broker.');
  expect({ status: httpStatusOf(error), disposition: error.disposition }).toEqual({
    status: 503,
    disposition: 'retry',
  });
  expect(error.hint).toContain('OUTBOX_MAX_ROWS');
});
