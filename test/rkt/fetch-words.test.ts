import { describe, expect, test } from 'vitest';
import { fetchWords } from '../../src/rkt/fetch-words.ts';

const image = 'quay.io/coreos/hyperkube:v1.5.4_coreos.0';
const words = (text: string) => fetchWords(text.split(' '))?.join(' ');

describe('what run would do, fetch does', () => {
  test.each<[string, string, string]>([
    ['an image of the store is not asked for again', `run ${image}`, `fetch --pull-policy=new ${image}`],
    [
      'trust, wherever it stands',
      `--insecure-options=image run --trust-keys-from-https ${image} --exec=/kubelet -- --v=2`,
      `fetch --insecure-options=image --trust-keys-from-https=true --pull-policy=new ${image}`,
    ],
    [
      'of two the last one counts, so both are there in their order',
      `--insecure-options=none run --insecure-options=image ${image}`,
      `fetch --insecure-options=none --insecure-options=image --pull-policy=new ${image}`,
    ],
    ['its own directories', `--dir /data run ${image}`, `fetch --dir=/data --pull-policy=new ${image}`],
    ['when to pull, if it says so', `run --pull-policy=update ${image}`, `fetch --pull-policy=update ${image}`],
    ['also in the old words', `run --store-only ${image}`, `fetch --store-only=true ${image}`],
    ['a signature, behind the image', `run ${image} --signature=/a.asc`, `fetch --pull-policy=new ${image} --signature=/a.asc`],
    [
      'nothing of the pod, of the app, or of its arguments',
      `run --volume a,kind=host,source=/a --mount volume=a,target=/a --stage1-from-dir=stage1-fly.aci ${image} --exec=/kubelet -- --dir=/x`,
      `fetch --pull-policy=new ${image}`,
    ],
    ['no profile', `--cpuprofile=/p run ${image}`, `fetch --pull-policy=new ${image}`],
    ['the first image', `run ${image} other:1`, `fetch --pull-policy=new ${image}`],
  ])('%s', (_what, run, fetch) => {
    expect(words(run)).toBe(fetch);
  });
});

test.each(['run', 'stop --uuid-file=/x', 'gc', 'run --no-such-option image', ''])('nothing for: %s', (run) => {
  expect(words(run)).toBeUndefined();
});
