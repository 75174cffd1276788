/** What the adapter touches of a Pokémon Showdown server, which keeps it in globals. Written against 0.11.11. */

export type Slot = 'p1' | 'p2';
export type Lines = readonly string[];

export interface ShowdownConnection {
  user: ShowdownUser | null;
}

export interface ShowdownUser {
  readonly id: string;
  readonly name: string;
  readonly named: boolean;
  readonly connected: boolean;
  readonly avatar: string | number;
  /** As `/language` knows it, such as `german`; null: none was chosen. */
  readonly language: string | null;
  readonly locked: unknown;
  readonly namelocked: unknown;
  /** Ids of the rooms in which it plays. */
  readonly games: ReadonlySet<string>;
  readonly battleSettings: { team: string };
  send(data: string): void;
  popup(text: string): void;
  getIdentity(): string;
  forceRename(name: string, registered: boolean): boolean;
  resetName(): boolean;
  disconnectAll(): void;
  destroy(): void;
}

export interface BattlePlayer {
  readonly id: string;
  readonly name: string;
  readonly slot: Slot;
  readonly request: { readonly rqid: number; isWait: boolean | 'cantUndo'; choice: string };
  eliminated: boolean;
  secondsLeft: number;
  turnSecondsLeft: number;
  knownActive: boolean;
  sendRoom(data: string): void;
}

export interface BattleTimer {
  readonly settings: { timeoutAutoChoose: boolean; starting: number; grace: number; maxPerTurn: number; maxFirstTurn: number };
  start(): boolean;
  checkTimeout(): boolean;
}

/** The server's wrapper of a battle of the simulator. */
export interface ShowdownBattle {
  readonly p1: BattlePlayer;
  readonly p2: BattlePlayer;
  readonly ended: boolean;
  readonly timer: BattleTimer;
  readonly stream: { write(chunk: string): unknown };
  /** Who asked the simulator for something, in order. */
  dataResolvers?: [(lines: string[]) => void, (error: Error) => void][];
  receive(lines: string[]): void;
  onJoin(user: ShowdownUser): void;
  onLeave(user: ShowdownUser, oldId?: string): void;
  onChatMessage(text: string, user: ShowdownUser): void;
  leaveGame(user: ShowdownUser): boolean;
  forfeitPlayer(player: BattlePlayer, message?: string): boolean;
  /** The room goes, and the battle with it. */
  destroy(): void;
}

export interface BattleRoom {
  readonly roomid: string;
  readonly battle: ShowdownBattle;
  add(line: string): BattleRoom;
  update(): void;
}

export interface ShowdownFormat {
  readonly id: string;
  readonly name: string;
  readonly exists: boolean;
  readonly effectType: string;
  readonly mod: string;
  /** How teams are made, where players do not bring their own. */
  readonly team?: string;
  readonly playerCount: number;
}

export interface RuleTable extends ReadonlyMap<string, unknown> {
  readonly valueRules: ReadonlyMap<string, string>;
  readonly complexBans: readonly unknown[];
  readonly complexTeamBans: readonly unknown[];
}

interface NewBattle {
  readonly format: string;
  readonly seed: string;
  readonly rated: number;
  readonly challengeType: 'rated';
  readonly allowRenames: boolean;
  readonly ratedMessage: string;
  readonly players: readonly { readonly user: ShowdownUser; readonly team: string; readonly rating: number }[];
}

export interface ShowdownServer {
  readonly Chat: { readonly ErrorMessage: new (text: string) => Error };
  readonly Rooms: {
    readonly global: { readonly lockdown: boolean | string };
    /** Null when the server is about to stop, or a player may not play. */
    createBattle(options: NewBattle): BattleRoom | null;
  };
  readonly Users: {
    getExact(id: string): ShowdownUser | null;
    /** Also who had this name before. */
    get(id: string): ShowdownUser | null;
    readonly Connection: new (
      id: string,
      worker: unknown,
      socketId: string,
      user: null,
      ip: string,
      protocol: string,
    ) => ShowdownConnection;
    readonly User: new (connection: ShowdownConnection) => ShowdownUser;
  };
  readonly Punishments: { isBattleBanned(user: ShowdownUser): unknown };
  readonly Dex: { readonly formats: { get(id: string): ShowdownFormat; getRuleTable(format: ShowdownFormat): RuleTable } };
  readonly Teams: {
    generate(format: string, options: { readonly seed: string }): unknown;
    pack(team: unknown): string;
  };
  readonly TeamValidatorAsync: { get(format: string): { validateTeam(team: string, options?: object): Promise<string> } };
}

/** The server that this runs in. Asked for anew each time: a hot patch puts another `Chat` in the place of the old one. */
export const server = (): ShowdownServer => globalThis as unknown as ShowdownServer;

/** Does this run in a Pokémon Showdown server? */
export const isShowdown = (): boolean => {
  const { Chat, Rooms, Users, Dex } = globalThis as Partial<ShowdownServer>;
  return [Chat, Rooms, Users, Dex].every((found) => found !== undefined);
};

export const idOf = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]+/g, '');

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
export const escaped = (text: string): string => text.replace(/[&<>"']/g, (found) => ESCAPES[found] as string);
