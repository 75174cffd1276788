/** `acl`: what a user of Redis has to be allowed, and nothing more. */
import { type Role, rulesOf } from '../../bus/redis/rights.ts';

export interface AclOptions {
  readonly user: string;
  readonly realm: string;
  readonly keyPrefix?: string;
  readonly candidate: boolean;
  readonly admin?: true;
  readonly readOnly?: true;
}

export interface Acl {
  readonly user: string;
  readonly rules: readonly string[];
}

export function aclOf({ user, realm, keyPrefix, candidate, admin, readOnly }: AclOptions): Acl {
  const role: Role = readOnly ? 'reader' : admin ? 'owner' : candidate ? 'leader' : 'node';
  return { user, rules: rulesOf({ realm, role, ...(keyPrefix === undefined ? {} : { keyPrefix }) }) };
}

export function aclText({ user, rules }: Acl): string {
  const quoted = rules.map((rule) => (/[(\s*&]/.test(rule) ? `'${rule}'` : rule));
  return `# for redis-cli, with a password in the place of PASSWORD
ACL SETUSER ${user} reset on >PASSWORD ${quoted.join(' ')}

# for the aclfile
user ${user} on >PASSWORD ${rules.join(' ')}`;
}
