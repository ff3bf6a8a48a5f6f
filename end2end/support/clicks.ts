// How many activations a task takes, from the first page to success: once by mouse, once by keyboard.

import { Keys, Mouse, type Hand } from './hand.ts';
import { expect, open, test, type Name, type SignIn } from './journey.ts';

const HANDS = { mouse: Mouse, keyboard: Keys };

/** Does a task with each hand, from the first page, and fails where it took more than `most`. */
export async function within(most: number, who: Name, signIn: SignIn, task: (hand: Hand) => Promise<void>): Promise<void> {
  const page = await signIn(who);
  for (const [name, With] of Object.entries(HANDS)) {
    await test.step(`by ${name}`, async () => {
      await open(page, '/');
      const hand = new With(page);
      await task(hand);
      expect(hand.activations, `activations by ${name}`).toBeLessThanOrEqual(most);
    });
  }
}
