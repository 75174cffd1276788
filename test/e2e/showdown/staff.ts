/** What staff does to players who are in a ranked battle, or would like to be. */
import * as assert from 'uvu/assert';
import type { Client } from '../../../scripts/showdown/client.ts';
import { RANDOM } from '../../../scripts/showdown/network.ts';
import type { ShowdownServer } from '../../../scripts/showdown/server.ts';
import { end, idOf, inBattle, LOST, playOn, type Scene, WON } from './scene.ts';

export function staffTests({ test, network }: Scene): void {
  let number = 0;
  /** Under a name that nobody had: whoever has been staff would have to prove who it is. */
  const staffIn = async (room: string): Promise<Client> => {
    const staff = await network().join(`staff ${++number}`, 0);
    staff.say('/becomeadmin');
    staff.say(`/join ${room}`);
    return staff;
  };

  test('who is banned from battles is out of the queue, and queues nowhere', async (a) => {
    const staff = await staffIn('lobby');
    a.say(`/ranked ${RANDOM}`);
    await a.hears(/You are in the queue/);
    staff.send(`lobby|/forcebattleban ${a.name}, for the test`);
    await a.hears(/prevented you from starting new battles/);
    await a.hears(/You are banned from battles/);
    a.say('/ranked status');
    await a.hears(/You are in no queue/);
    for (const command of [`/ranked ${RANDOM}`, '/instant language=fr', '/rematch']) a.say(command);
    await a.hears(/You are banned from battles/, 5000, 4);
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
    await end(a, b);
    assert.not(b.lines.some((line) => line.includes('what a shame')));
    staff.say(`/unlock ${a.name}`);
    await a.hears(/unlocked/);
  });

  test('who is banned from the server in mid-battle has so long to come back as anybody, cannot, and has lost', async (a, b) => {
    const banned = await network().join(`mallory ${++number}`, 0, '10.0.0.1');
    const [room] = await inBattle(banned, b);
    const staff = await staffIn(room);
    // From elsewhere, and so not the same person.
    a.say(`/ranked ${RANDOM}`);
    await a.hears(/You are in the queue/);
    staff.say(`/globalban ${banned.name}, for the test`);
    await Promise.all([banned.hears(/has globally banned you/), b.hears(/dropped out and has 3 seconds/)]);
    const again = await banned.connect((network().servers[0] as ShowdownServer).port).catch(({ message }: Error) => message);
    assert.is(again, `${banned.name} is not let in`);
    assert.ok(banned.lines.some((line) => line.includes('You are banned because you have the same IP')));
    await b.hears(WON);
    assert.is((await network().owner.player(idOf(banned))).ratings[RANDOM], 984);
    a.say('/ranked status');
    await a.hears(/Place 1 of 1/);
  });

  test('whose name is locked in mid-battle has lost, and queues nowhere', async (_, b) => {
    const locked = await network().join(`oscar ${++number}`, 0, '10.0.0.2');
    const [room] = await inBattle(locked, b);
    const staff = await staffIn(room);
    staff.send(`${room}|/namelock ${locked.name}, for the test`);
    await Promise.all([b.hears(WON), b.hears(/forfeited/), locked.hears(LOST)]);
    locked.say(`/ranked ${RANDOM}`);
    await locked.hears(/You may not play under this name/);
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
