/** What staff does to players who are in a ranked battle, or would like to be. */
import * as assert from 'uvu/assert';
import type { Client } from '../../../scripts/showdown/client.ts';
import { RANDOM } from '../../../scripts/showdown/network.ts';
import type { Scene } from './scene.ts';

const WON = /You won\./;
const LOST = /You lost\./;

export function staffTests({ test, inBattle, playOn, network }: Scene): void {
  let number = 0;
  /** Under a name that nobody had: whoever has been staff would have to prove who it is. */
  const staffIn = async (room: string): Promise<Client> => {
    const staff = await network().join(`staff ${++number}`, 0);
    staff.say('/becomeadmin');
    staff.say(`/join ${room}`);
    return staff;
  };

  test('who is banned from battles queues nowhere', async (a) => {
    const staff = await staffIn('lobby');
    staff.send(`lobby|/forcebattleban ${a.name}, for the test`);
    await a.hears(/prevented you from starting new battles/);
    a.say(`/ranked ${RANDOM}`);
    await a.hears(/You are banned from battles/);
    staff.say(`/unbattleban ${a.name}`);
    await a.hears(/allowed you to battle again/);
  });

  test('who is locked in mid-battle plays on, and is heard on the other server no more', async (a, b) => {
    const [room] = await inBattle(a, b);
    const staff = await staffIn(room);
    a.send(`${room}|good luck`);
    await b.hears(/\|good luck/);
    staff.send(`${room}|/lock ${a.name}, for the test`);
    await a.hears(/has locked you/);
    a.send(`${room}|what a shame`);
    playOn(a, b);
    await Promise.all([a.hears(/Your Elo: /, 120_000), b.hears(/Your Elo: /, 120_000)]);
    assert.not(b.lines.some((line) => line.includes('what a shame')));
    staff.say(`/unlock ${a.name}`);
    await a.hears(/unlocked/);
  });

  test('who has to choose another name in mid-battle has lost, and is told under whatever name', async (a, b) => {
    const [room] = await inBattle(a, b);
    const staff = await staffIn(room);
    staff.send(`${room}|/forcerename ${a.name}, for the test`);
    await Promise.all([a.hears(/considers your name inappropriate/), a.hears(/lost by having an inappropriate name/)]);
    await Promise.all([b.hears(WON), b.hears(/forfeited/), a.hears(LOST)]);
    a.say(`/ranked ${RANDOM}`);
    await a.hears(/Choose a name first/);
  });
}
