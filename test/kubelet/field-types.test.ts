import { describe, expect, test } from 'vitest';
import { type Configuration, errors, ofConfiguration } from './subject.ts';

/** As a kubelet 1.36 was seen to take and refuse them. */
describe('a kubelet starts with', () => {
  test.each<Configuration>([
    { maxPods: 110, podPidsLimit: -1, memoryThrottlingFactor: 0.9 },
    { syncFrequency: '1.5h', fileCheckFrequency: '0' },
    { failSwapOn: false, clusterDomain: '', clusterDNS: ['10.0.0.10'] },
    { evictionHard: { 'memory.available': '100Mi' }, featureGates: { MemoryQoS: true } },
    { staticPodURLHeader: { 'X-A': ['b', 'c'] } },
    { reservedMemory: [{ numaNode: 0, limits: { memory: '1Gi', 'hugepages-2Mi': 0 } }] },
    { logging: { format: 'json', options: {} }, registerWithTaints: [{ key: 'a', effect: 'NoSchedule' }] },
    { tlsCurvePreferences: [29] },
    // null is the default, a pointer to a duration included.
    { maxPods: null, failSwapOn: null, clusterDNS: null, featureGates: null, containerRuntimeEndpoint: null, logging: null },
    { reservedMemory: null, authentication: null, evictionHard: null, memoryThrottlingFactor: null },
    { clusterDNS: [null], featureGates: { MemoryQoS: null } },
    { cpuCFSQuotaPeriod: null, containerLogMonitorInterval: null, crashLoopBackOff: { maxContainerRestartPeriod: null } },
  ])('%j', (configuration) => {
    expect(ofConfiguration(configuration, 'v1.36.0')).toEqual([]);
  });
});

describe('a kubelet does not start with', () => {
  test.each<[Configuration, string]>([
    [{ maxPods: '110' }, 'maxPods'],
    [{ maxPods: [110] }, 'maxPods'],
    [{ maxPods: 1.5 }, 'maxPods'],
    [{ maxPods: -2147483649 }, 'maxPods'],
    [{ podPidsLimit: 2 ** 64 }, 'podPidsLimit'],
    [{ memoryThrottlingFactor: '0.9' }, 'memoryThrottlingFactor'],
    [{ clusterDomain: 5 }, 'clusterDomain'],
    [{ clusterDomain: ['a'] }, 'clusterDomain'],
    [{ syncFrequency: 60 }, 'syncFrequency'],
    [{ syncFrequency: '60' }, 'syncFrequency'],
    [{ syncFrequency: true }, 'syncFrequency'],
    [{ imageMinimumGCAge: null }, 'imageMinimumGCAge'],
    [{ cpuCFSQuotaPeriod: '' }, 'cpuCFSQuotaPeriod'],
    [{ failSwapOn: 'false' }, 'failSwapOn'],
    [{ failSwapOn: 0 }, 'failSwapOn'],
    [{ clusterDNS: '10.0.0.10' }, 'clusterDNS'],
    [{ clusterDNS: ['10.0.0.10', 10] }, 'clusterDNS[1]'],
    [{ evictionHard: ['memory.available<100Mi'] }, 'evictionHard'],
    [{ evictionHard: 'memory.available<100Mi' }, 'evictionHard'],
    [{ systemReserved: { cpu: 1 } }, 'systemReserved.cpu'],
    [{ featureGates: { MemoryQoS: 'true' } }, 'featureGates.MemoryQoS'],
    [{ cpuManagerPolicyOptions: { strict: true } }, 'cpuManagerPolicyOptions.strict'],
    [{ authentication: true }, 'authentication'],
    [{ authentication: { webhook: { cacheTTL: 120 } } }, 'authentication.webhook.cacheTTL'],
    [{ registerWithTaints: 'a=b:NoSchedule' }, 'registerWithTaints'],
    [{ registerWithTaints: ['a=b:NoSchedule'] }, 'registerWithTaints[0]'],
    [{ reservedMemory: [{ numaNode: '0' }] }, 'reservedMemory[0].numaNode'],
    [{ reservedMemory: [{ limits: { memory: true } }] }, 'reservedMemory[0].limits.memory'],
    [{ staticPodURLHeader: { 'X-A': 'b' } }, 'staticPodURLHeader["X-A"]'],
    [{ tlsCurvePreferences: ['29'] }, 'tlsCurvePreferences[0]'],
    [{ logging: 'json' }, 'logging'],
  ])('%j', (configuration, place) => {
    expect(errors(ofConfiguration(configuration, 'v1.36.0'))).toEqual([`kubelet.configuration.${place}`]);
  });

  test('types never change within an API version, so a newer kubelet is no better', () => {
    expect(errors(ofConfiguration({ maxPods: '110' }, '1.50.0'))).toEqual(['kubelet.configuration.maxPods']);
  });
});

describe('messages', () => {
  test.each<[Configuration, string, string]>([
    [
      { maxPods: '110' },
      'expected a whole number, found "110": the kubelet does not start with it',
      'write a number without quotes',
    ],
    [{ clusterDomain: 5 }, 'expected a string, found 5: the kubelet does not start with it', 'put it in quotes: "5"'],
    [{ syncFrequency: '60' }, 'expected a duration, found "60": the kubelet does not start with it', 'write "60s"'],
    [
      { imageMinimumGCAge: null },
      'expected a duration, found nothing (null): the kubelet does not start with it',
      'leave the field out for its default',
    ],
  ])('%j', (configuration, reason, remedy) => {
    expect(ofConfiguration(configuration, '1.36.0')).toMatchObject([{ code: 'ConfigurationInvalid', reason, remedy }]);
  });
});
