import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hideSecretOf, hideSecrets } from '../../src/api/hide-secrets.ts';

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

test('a megabyte without a line break is no more work than its length', () => {
  for (const text of ['a'.repeat(1e6), 'a.'.repeat(5e5), `token ${'x '.repeat(5e5)}`]) expect(hideSecrets(text)).toBe(text);
});
