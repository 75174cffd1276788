/** `npm run acl`: prints what a user of Redis has to be allowed, for a node or for the owner, and nothing more. */
import { Command, InvalidArgumentError } from 'commander';
import { type Role, rulesOf } from './acl/rights.ts';

const named =
  (what: string, pattern: RegExp) =>
  (text: string): string => {
    if (!pattern.test(text)) throw new InvalidArgumentError(`${what}.`);
    return text;
  };

interface Given {
  readonly user: string;
  readonly realm: string;
  readonly keyPrefix?: string;
  readonly candidate: boolean;
  readonly admin: boolean;
  readonly readOnly: boolean;
}

const program = new Command('acl')
  .description('Prints the Redis ACL of a node or of the owner: least rights. Redis 7 or Valkey.')
  .requiredOption('--user <name>', 'name of the Redis user', named('A name without spaces', /^[^\s()]+$/))
  .option('--realm <name>', 'realm of the nodes', named('1 to 64 letters, digits, _ or -', /^[A-Za-z0-9_-]{1,64}$/), 'jaeger')
  .option('--key-prefix <text>', 'redis.keyPrefix of the nodes', named('Letters, digits, _, -, . and :', /^[A-Za-z0-9_.:-]*$/))
  .option(
    '--candidate <true|false>',
    'may the node lead? As `candidate` in its configuration',
    (text) => named('true or false', /^(true|false)$/)(text) === 'true',
    true,
  )
  .option('--admin', "for who gives the owner's commands, instead of a node", false)
  .option('--read-only', 'for who looks at what the owner sees, and changes nothing', false)
  .action(({ user, realm, keyPrefix, candidate, admin, readOnly }: Given) => {
    const role: Role = readOnly ? 'reader' : admin ? 'owner' : candidate ? 'leader' : 'node';
    const rules = rulesOf({ realm, role, ...(keyPrefix === undefined ? {} : { keyPrefix }) });
    const quoted = rules.map((rule) => (/[(\s*&]/.test(rule) ? `'${rule}'` : rule));
    process.stdout.write(`# for redis-cli, with a password in the place of PASSWORD
ACL SETUSER ${user} reset on >PASSWORD ${quoted.join(' ')}

# for the aclfile
user ${user} on >PASSWORD ${rules.join(' ')}
`);
  });
program.parse();
