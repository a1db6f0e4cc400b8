import { expect, test } from 'vitest';
import { imageRefusal } from '../../src/rkt/image-reference.ts';

const DIGEST = 'a'.repeat(64);

test.for([
  ...['docker://quay.io/coreos/hyperkube:v1.6.1', 'docker:busybox', 'docker://localhost:5000/a/b', 'docker://a__b--c.d_e'],
  ...[`docker://quay.io/a@sha256:${DIGEST}`, 'docker://index.docker.io/A'.toLowerCase(), 'docker://busybox?x#y'],
  ...['quay.io/coreos/hyperkube:v1.5.4_coreos.0', 'example.com/app,os=linux,arch=amd64', 'example.com/app:1,channel=a b', 'app'],
  ...[
    '/a.aci',
    './b/../c.aci',
    'file:///a.aci',
    'https://example.com/a.aci?token=1',
    '/a%20b.aci',
    `sha512-${DIGEST}`,
    'sha512-AB',
  ],
  ...['cimd:appc:v=0:example.com/app', 'cimd:docker:v=0:busybox', 'ftp://example.com/x.aci', 'a-b-c/d'],
])('%s', (reference) => expect(imageRefusal(reference)).toBeUndefined());

test.for<[string, string]>([
  ['docker://', 'invalid reference format'],
  ['DOCKER://busybox', 'invalid reference format'],
  ['docker://Busybox', 'invalid reference format: repository name must be lowercase'],
  ['docker://a:', 'invalid reference format'],
  ['docker://a b/c', 'invalid character " " in host name'],
  ['docker://a/b@sha256:abc', 'invalid reference format'],
  ['docker://a/b@md5:0123456789012345678901234567890123', 'unsupported digest algorithm'],
  [`docker://a/b@sha512:${DIGEST}`, 'invalid checksum digest length'],
  [`docker:${DIGEST}`, `invalid repository name (${DIGEST}), cannot specify 64-byte hexadecimal strings`],
  [`docker://${'a'.repeat(300)}`, 'repository name must not be more than 255 characters'],
  [`docker://${'a'.repeat(60)}!`, 'invalid reference format'],
  ['Quay.io/coreos/hyperkube', 'ACIdentifier must contain only lower case alphanumeric characters plus "-._~/"'],
  ['quay.io/', 'ACIdentifier must start and end with only lower case alphanumeric characters'],
  ['a:1:2', 'malformed app string - colon may appear at most once'],
  ['a/b,x=y:1', 'malformed app string - colon may appear only right after the app name'],
  ['a:1,version=2', 'label version with multiple values ["1" "2"]'],
  ['a,os=freebsd', 'bad os "freebsd" (must be one of: [linux])'],
  ['a,arch=vax', 'bad arch "vax" for linux (must be one of: [amd64 i386 aarch64 aarch64_be armv6l armv7l armv7b ppc64le])'],
  ['1a:2', 'first path segment in URL cannot contain colon'],
  [':a', 'missing protocol scheme'],
  ['a%zz', 'invalid URL escape "%zz"'],
  ['https://example.com/a.tar', 'invalid image string "https://example.com/a.tar"'],
  ['file:a.aci', 'invalid image string "file:a.aci"'],
  ['/a?b.aci', 'invalid image string "file:///a?b.aci"'],
  ['sha512-a', 'image ID too short'],
  ['sha512-xyz', 'no image IDs found'],
  ['cimd:oci:v=0:a', 'unknown distribution type: "oci"'],
  ['cimd:docker', 'malformed distribution uri "cimd:docker"'],
])('%s: %s', ([reference, reason]) => expect(imageRefusal(reference)?.reason).toBe(reason));
