/** `npm run acl -- --user NAME …`: the Redis user of a server, of the owner or of who only looks, with least rights. It is `jaeger acl`, without building it. */
process.argv.splice(2, 0, 'acl');
// It reads its arguments when it is loaded.
void import('../plugin/cli.ts');
