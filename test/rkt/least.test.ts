import { expect, test } from 'vitest';
import { leastRkt } from '../../src/rkt/least.ts';

test.for<[string, string, string]>([
  ['run docker://a', '0.15.0', 'the kubelet-wrapper needs it'],
  ['run --stage1-from-dir=stage1-fly.aci docker://a --exec=/kubelet', '1.0.0', '--stage1-from-dir'],
  ['run --hosts-entry host docker://a', '1.15.0', '--hosts-entry'],
  ['run --dns=8.8.8.8 docker://a', '1.0.0', '--dns'],
  ['run --dns=host docker://a', '1.15.0', '--dns=host'],
  ['run --volume=v,kind=host,source=/a,readOnly=true docker://a', '0.15.0', 'the kubelet-wrapper needs it'],
  ['run --volume=v,kind=host,source=/a,recursive=false docker://a', '1.15.0', 'recursive= of --volume'],
  ['run docker://a --exec=kubelet', '1.30.0', '--exec=kubelet, which is no absolute path'],
  ['run --stage1-from-dir=stage1-coreos.aci docker://a --exec=kubelet', '1.0.0', '--stage1-from-dir'],
  ['run docker:a', '1.20.0', 'docker:a without //'],
  ['--insecure-options=ALL-RUN run docker://a', '1.13.0', '--insecure-options=all-run'],
  ['run --port=k:1.2.3.4:1 docker://a', '1.19.0', 'an IP in --port'],
  ['run docker://a -- --ipc=x', '0.15.0', 'the kubelet-wrapper needs it'],
  ['rm --uuid-file=/a', '0.15.0', 'the kubelet-wrapper needs it'],
  ['stop --uuid-file=/a', '1.11.0', '--uuid-file of rkt stop'],
  ['stop a', '1.10.0', 'rkt stop'],
  ['status --uuid-file /a', '1.30.0', '--uuid-file of rkt status'],
])('%s needs %s', ([text, version, because]) => expect(leastRkt(text.split(' '))).toEqual({ version, because }));
