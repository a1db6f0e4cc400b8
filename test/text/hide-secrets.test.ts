import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { withoutSecrets } from '../../src/api/hide-secrets.ts';
import { hideInReason, hideSecretOf, hideSecrets } from '../../src/text/hide-secrets.ts';

describe('covers', () => {
  test.each([
    ['--token=abc.def \\', '--token=<hidden> \\'],
    ['password: correct horse battery', 'password: <hidden>'],
    ['password: 12345678', 'password: <hidden>'],
    ['password: /abc+def=', 'password: <hidden>'],
    ['"password": "a,b\\"c", "user": "me"', '"password": <hidden>, "user": "me"'],
    ["token: 'it''s'", 'token: <hidden>'],
    ["TOKEN='it'\\''s' --v=2", 'TOKEN=<hidden>'],
    ['client-key-data: LS0tLS1CRUdJTg==', 'client-key-data: <hidden>'],
    ['Environment="REGISTRY_PASSWORD=two words"', 'Environment="REGISTRY_PASSWORD=<hidden>'],
    ['secretAccessKey: "x"', 'secretAccessKey: <hidden>'],
    ['password: |-\n  first\n\n  second\nuser: me\n', 'password: |-\n  <hidden>\nuser: me\n'],
    ['  a: 1\n  token: >\n    first\n  b: 2', '  a: 1\n  token: >\n    <hidden>\n  b: 2'],
    ['Authorization: Bearer abcdefghijkl', 'Authorization: <hidden>'],
    ['SetCredential=token:abc', 'SetCredential=<hidden>'],
    ['LoadCredential=token:/etc/token password=abc', 'LoadCredential=token:/etc/token password=<hidden>'],
    ['DB_PASS=hunter2', 'DB_PASS=<hidden>'],
    ['staticPodURLHeader: {X-Auth: ["abc"]}', 'staticPodURLHeader: <hidden>'],
    ['http://me:hunter2@proxy:3128/', 'http://me:<hidden>@proxy:3128/'],
    ['join 07401b.f395accd246ae52d now', 'join <hidden> now'],
    ['AKIAABCDEFGHIJKLMNOP', '<hidden>'],
    ['eyJhbGciOi.eyJzdWIiOi.c2ln', '<hidden>'],
    ['-----BEGIN PRIVATE KEY-----\nabc\n', '-----BEGIN PRIVATE KEY-----<hidden>'],
  ])('%j', (text, shown) => {
    expect(hideSecrets(text)).toBe(shown);
  });
});

describe('leaves', () => {
  test.each([
    '--v=2 --node-labels=a=1,b=2',
    '--authentication-token-webhook=true',
    '--authentication-token-webhook-cache-ttl=2m0s',
    '--token-auth-file=/etc/kubernetes/tokens.csv',
    'kubernetes.io/hostname: node1.example.com',
    'http://proxy.example.com:3128/',
    '/var/run/secrets/kubernetes.io/serviceaccount',
    'the password is in a file',
    'LoadCredential=token:/etc/kubernetes/token',
    '"LoadCredentialEncrypted":["kubelet-password:/etc/kubernetes/password"]',
  ])('%j', (text) => {
    expect(hideSecrets(text)).toBe(text);
  });
});

test('the name of a field tells what its value is', () => {
  expect(hideSecretOf('kubelet.flags.token', '"abcdef"')).toBe('<hidden>');
  expect(hideSecretOf('kubelet.flags.v', '"abcdef"')).toBe('"abcdef"');
});

test('no value behind a telling name survives, whatever is in it', () => {
  const value = fc.string({ minLength: 4, unit: 'binary-ascii' }).filter((text) => /^[^\s"'][^\n\r]*[^\s\\,"']$/.test(text));
  const names = fc.constantFrom('password', 'DB_PASSWORD', 'token', 'api-key', 'clientSecret', 'x.private_key');
  fc.assert(
    fc.property(names, fc.constantFrom(': ', '=', ': "', '="'), value, (name, separator, secret) => {
      fc.pre(!/^(true|false|null|[|>].*)$/.test(secret));
      const closing = separator.endsWith('"') ? '"' : '';
      const text = `${name}${separator}${closing ? JSON.stringify(secret).slice(1, -1) : secret}${closing}`;
      expect(hideSecrets(text)).toBe(`${name}${separator.replace('"', '')}<hidden>`);
    }),
  );
});

describe('a sentence', () => {
  test.each([
    ['cannot read /etc/kubernetes/token: it is not there', undefined],
    ['token: may have at most 64 characters', undefined],
    ['open /var/lib/kubelet/bootstrap-token: no such file or directory', undefined],
    ['it read password: hunter2', 'it read password: <hidden>'],
    ['it read {password: hunter2, user: me}', 'it read {password: <hidden>, user: me}'],
    ['it read "password": "two words" there', 'it read "password": <hidden> there'],
    ['it said --token=abc.def', 'it said --token=<hidden>'],
    ['it sent Authorization Bearer abcdefghijklmnop', 'it sent Authorization Bearer <hidden>'],
    ['cannot reach http://me:hunter2@proxy:3128/', 'cannot reach http://me:<hidden>@proxy:3128/'],
    ['no PEM: -----BEGIN RSA PRIVATE KEY-----\nabc', 'no PEM: -----BEGIN RSA PRIVATE KEY-----<hidden>'],
  ])('%j', (text, shown) => {
    expect(hideInReason(text)).toBe(shown ?? text);
  });
});

test('what stands next to a secret in its line is covered too', () => {
  const excerpt = 'flags: {token: abc, password: hunter2}';
  const problem = { severity: 'warning', code: 'PossibleSecret', path: [], reason: 'r', remedy: 'r' } as const;
  const position = { file: 'f', line: 1, column: excerpt.indexOf('hunter2') + 1, excerpt };
  expect(withoutSecrets({ ...problem, position }).position?.excerpt).toBe('flags: {token: <hidden> <hidden>');
});

describe('64 KiB take no more than their length is worth:', () => {
  const long = (piece: string) => piece.repeat(Math.ceil(65_536 / piece.length));
  test.each([
    ['blanks behind a telling name', `token=x${long(' ')}x`],
    ['blanks before a separator', `token${long(' ')}x`],
    ['commas at the end', `token=x${long(' ,')}x`],
    ['telling words in one name', long('token')],
    ['telling words without end', long('token ')],
    ['names that a separator follows', long('token"=')],
    ['quoted values', long("token='a' ")],
    ['a quote that does not end', `token='${long('\\a')}`],
    ['quotes that do not end', long("token='a ")],
    ['digits behind a name with a tail', `token-ttl=${long('1')}x`],
    ['durations', `token-ttl=${long('1m')}x`],
    ['half a JWT', long('eyJaaaaa-')],
    ['dots of a JWT', long('eyJaaaaa.')],
    ['half a bootstrap token', long('abcdef.')],
    ['beginnings of keys', long('-----BEGIN PRIVATE KEY-----')],
    ['beginnings and ends of keys', long('-----BEGIN PRIVATE KEY----------END ')],
    ['blocks', long('token: |\n')],
    ['blocks of blank lines', `token: |\n${long('  \n')}x`],
    ['pipes', `token: ${long('|1')}x`],
    ['words behind names', long('token:a ')],
    ['brackets behind names', `token:${long('a)')}`],
    ['blanks at the end of a word', `token:a${long(' ')}x`],
    ['names in one word, and another word', `${long('token:')} x`],
    ['quoted names in one word, and another word', `${long('"token":')} x`],
    ['schemes', long('://a:b')],
    ['authorizations', long('bearer ')],
  ])('%s', (_what, text) => {
    const begun = process.cpuUsage();
    for (const cover of [hideSecrets, hideInReason]) cover(text);
    const { user, system } = process.cpuUsage(begun);
    expect((user + system) / 1000).toBeLessThan(500);
  });
});

test('a megabyte without a line break is no more work than its length', () => {
  for (const text of ['a'.repeat(1e6), 'a.'.repeat(5e5), `token ${'x '.repeat(5e5)}`]) expect(hideSecrets(text)).toBe(text);
});
