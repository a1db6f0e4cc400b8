/** Facts of a node to try expressions with: an m5.2xlarge of a cloud, with Flatcar. */

import type { ExpressionFacts } from '../../src/computed/facts.ts';

export const facts: ExpressionFacts = {
  node: {
    name: { value: 'ip-10-0-3-7' },
    labels: {
      value: {
        'node.kubernetes.io/instance-type': 'm5.2xlarge',
        'topology.kubernetes.io/zone': 'eu-1a',
        pool: 'gpu',
        empty: '',
        constructor: 'a label like any other',
      },
    },
    annotations: { value: { 'example.org/max-pods': '58' } },
  },
  machine: {
    hostname: { value: 'IP-10-0-3-7.eu.compute.internal' },
    cpus: { value: 8 },
    memoryGiB: { value: 31 },
    ipv4: { value: '10.0.3.7' },
    ipv6: { value: '' },
    architecture: { value: 'amd64' },
    osRelease: { value: { ID: 'flatcar', VERSION_ID: '3975.2.0' } },
  },
  environmentFiles: {
    value: {
      '/run/metadata/coreos': {
        value: { COREOS_PRIVATE_IPV4: '10.0.3.7', COREOS_EC2_INSTANCE_ID: 'i-0abc', COREOS_EC2_AVAILABILITY_ZONE: 'eu-1a' },
      },
      '/etc/environment': { missing: { reason: '/etc/environment is not UTF-8', remedy: 'write it as UTF-8' } },
    },
  },
};
