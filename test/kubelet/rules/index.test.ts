import { expect, test } from 'vitest';
import { isJsonMap, type JsonMap } from '../../../src/api/json.ts';
import { knownRelease } from '../../../src/kubelet/release.ts';
import { KubeletInForce } from '../../../src/kubelet/rules/in-force.ts';
import { judge, judgeBy, rules } from '../../../src/kubelet/rules/rules.ts';
import { readCommandLine } from '../../../src/kubelet/settings/command-line.ts';
import { readRecording } from './recorded.ts';

const names = ['kubelet-1.36.json', 'kubelet-1.36-composite-given.json', 'kubelet-1.36-probes.json'];

function merged(below: JsonMap, above: JsonMap): JsonMap {
  const inner = Object.entries(above).map(([key, value]) => {
    const old = below[key];
    return [key, isJsonMap(value) && isJsonMap(old) ? merged(old, value) : value] as const;
  });
  return { ...below, ...Object.fromEntries(inner) };
}

/** Which rules are asked is only a matter of speed. */
test.each(['1.20', '1.27', '1.33', '1.36', '1.37'])('the rules that are asked find what all rules of %s find', (version) => {
  const release = knownRelease(version);
  const ofRelease = rules.filter(
    ({ since = '1.2', until = '1.99' }) => knownRelease(since) <= release && release <= knownRelease(until),
  );
  let found = 0;
  for (const { minimal, cases } of names.map(readRecording))
    for (const { config, flags, noconfig } of cases)
      for (const fields of [config, merged(minimal, config)]) {
        const words = flags.map((text) => ({ text, by: '' }));
        const main = noconfig ? undefined : { path: '/k.yaml', fields };
        const commandLine = readCommandLine(words, release);
        const kubelet = new KubeletInForce({ main, dropIns: undefined, commandLine, release, workingDirectory: '/' }, release);
        const whole = judgeBy(kubelet, ofRelease);
        found += whole.length;
        expect(judge(kubelet), JSON.stringify([fields, flags])).toEqual(whole);
      }
  expect(found).toBeGreaterThan(400);
});
