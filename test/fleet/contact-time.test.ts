import { expect, test } from 'vitest';
import { ContactTime } from '../../src/fleet/contact-time.ts';

test('stands still from the first loss until the API server is seen again', () => {
  let clock = 0;
  const contact = new ContactTime(() => clock);
  const at = (time: number, what: 'lost' | 'found') => {
    clock = time;
    contact[what]();
  };
  at(100, 'found');
  expect(contact.now()).toBe(100);
  at(200, 'lost');
  at(500, 'lost');
  at(900, 'found');
  expect(contact.now()).toBe(200);
  at(1_000, 'found');
  expect(contact.now()).toBe(300);
});
