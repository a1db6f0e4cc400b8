/** What goes wrong in a run, and what people do meanwhile: each kind at random times, by its rate. */

import { approveAnnotation, retryAnnotation } from '../../src/api/annotations.ts';
import { contentOf } from '../../src/api/content.ts';
import type { KubeletConfig } from '../../src/api/types.ts';
import { kubeletConfigs } from '../../src/cluster/own-resources.ts';
import { controllerLease, leases, nodes } from '../../src/cluster/resources.ts';
import { labelsOfHost, withLevel } from './fleet.ts';
import type { SimulatedProcess } from './process.ts';
import type { Random } from './random.ts';
import { type FaultKind, faultKinds } from './settings.ts';
import type { Host, World } from './world.ts';

const hour = 3_600_000;

/** Lets faults happen until this time. @param say tells of each in a line */
export function scheduleFaults(world: World, until: number, say: (line: string) => void): void {
  const random = world.random.fork('faults');
  for (const kind of faultKinds) {
    const rate = world.settings.faults[kind] ?? 0;
    if (rate === 0) continue;
    const again = () => {
      const next = world.timers.now() - Math.log(1 - random.next()) * (hour / rate);
      if (next > until) return;
      world.timers.at(next, () => {
        const line = happenings[kind](world, random);
        if (line !== undefined) say(`${kind}: ${line}`);
        again();
      });
    };
    again();
  }
}

/** Each says what it did; undefined if there was nothing to do it to. */
const happenings: Readonly<Record<FaultKind, (world: World, random: Random) => string | undefined>> = {
  AgentCrash: (world, random) =>
    ofHost(world, random, (host) => {
      world.restartAgent(host, random.between(1_000, 60_000));
      return host.process.name;
    }),
  AgentCutOff: (world, random) => ofHost(world, random, ({ process }) => cutOff(world, random, process)),
  ControllerCrash: (world, random) =>
    atNextWrite(world, random, (process) => {
      world.killController(process, random.between(1_000, 30_000));
      return process.name;
    }),
  ControllerCutOff: (world, random) => {
    const process = aController(world, random);
    return process && cutOff(world, random, process);
  },
  ControllerFrozen: (world, random) =>
    atNextWrite(world, random, (process) => {
      const until = world.timers.now() + random.between(5_000, 180_000);
      process.freeze(until);
      return `${process.name} until ${seconds(until)}`;
    }),
  ControllerBlind: (world, random) => {
    const process = aController(world, random);
    if (!process) return undefined;
    process.blindUntil = world.timers.now() + random.between(5_000, 300_000);
    return `${process.name} until ${seconds(process.blindUntil)}`;
  },
  LeaseDeleted: (world) => {
    const { namespace, name } = controllerLease;
    world.store.delete(leases(namespace).plural, name);
    return name;
  },
  KubeletDown: (world, random) =>
    ofHost(world, random, ({ machine }) => {
      if (machine.open) return undefined;
      machine.stop();
      world.timers.at(world.timers.now() + random.between(10_000, 300_000), () => machine.powerOn(isHealthy(world, machine)));
      return machine.name;
    }),
  Reboot: (world, random) =>
    ofHost(world, random, (host) => {
      host.machine.powerOff();
      host.process.kill();
      const after = random.between(20_000, 300_000);
      world.timers.at(world.timers.now() + after, () => {
        host.machine.powerOn(isHealthy(world, host.machine));
        world.restartAgent(host, 5_000);
      });
      return `${host.machine.name} for ${seconds(after)}`;
    }),
  NodeDeleted: (world, random) =>
    ofHost(world, random, ({ machine }) => {
      world.store.delete(nodes.plural, machine.name);
      world.timers.at(world.timers.now() + random.between(100, 120_000), () => {
        if (!machine.isGone) machine.register();
      });
      return machine.name;
    }),
  NodeRemoved: (world, random) =>
    ofHost(world, random, (host) => {
      if (world.hosts.size < 3) return undefined;
      removeHost(world, host);
      return host.machine.name;
    }),
  NodeAdded: (world) => {
    const name = `added-${world.timers.now().toFixed(0)}`;
    world.addHost(name, labelsOfHost(world.hosts.size, world.settings.objects), true);
    return name;
  },
  Relabelled: (world, random) =>
    ofHost(world, random, ({ machine }) => {
      const node = world.node(machine.name);
      const pool = `${random.integer(0, world.settings.objects)}`;
      machine.labels = { ...machine.labels, pool };
      if (node) world.store.replace(nodes.plural, { ...node, metadata: { ...node.metadata, labels: machine.labels } });
      return `${machine.name} pool=${pool}`;
    }),
  Held: (world, random) =>
    ofHost(world, random, (host) => {
      host.machine.isHeld = !host.machine.isHeld;
      host.agent.noticeHost();
      return `${host.machine.name} ${host.machine.isHeld}`;
    }),
  Cordoned: (world, random) =>
    ofHost(world, random, ({ machine }) => {
      const node = world.node(machine.name);
      const unschedulable = node?.spec?.unschedulable !== true;
      if (node) world.store.replace(nodes.plural, { ...node, spec: { ...node.spec, unschedulable } } as typeof node);
      return node && `${machine.name} ${unschedulable}`;
    }),
  NewContent: (world, random) =>
    edit(world, random, (object) => ({ ...object.spec, ...withLevel(random.integer(3, 9), indexOf(object)) })),
  BadContent: (world, random) =>
    edit(world, random, (object) => {
      const spec = { ...object.spec, ...withLevel(random.integer(10, 999), indexOf(object)) };
      world.badness.set(contentOf({ spec }), random.pick([0.3, 1]) ?? 1);
      return spec;
    }),
  Paused: (world, random) =>
    edit(world, random, ({ spec }) => ({ ...spec, rollout: { ...spec.rollout, paused: spec.rollout?.paused !== true } })),
  Limit: (world, random) =>
    edit(world, random, ({ spec }) => ({
      ...spec,
      rollout: { ...spec.rollout, maxUnavailable: random.pick([1, 2, 3, '34%', '60%']) ?? 1 },
    })),
  RetryAsked: (world, random) => annotate(world, random, () => ({ [retryAnnotation]: world.date() })),
  ObjectDeleted: (world, random) => {
    const object = random.pick(world.objects());
    if (!object || object.metadata.deletionTimestamp !== undefined) return undefined;
    const { name } = object.metadata;
    world.store.delete(kubeletConfigs.plural, name);
    world.timers.at(world.timers.now() + random.between(5_000, 300_000), () => createAgain(world, object));
    return name;
  },
  ApprovedByHand: (world, random) =>
    annotate(world, random, (object) => ({ [approveAnnotation]: `${contentOf(object)}:${random.pick([1, 2, 'all'])}` })),
};

/** Everything that people and the weather did is put right, so that the fleet can come to rest. */
export function endFaults(world: World): void {
  world.weather.lostAnswers = 0;
  world.weather.lateRequests = 0;
  for (const { metadata } of world.objects()) {
    const object = world.objects().find((one) => one.metadata.name === metadata.name);
    if (!object) continue;
    const spec = { ...object.spec, rollout: { ...object.spec.rollout, paused: false } };
    const annotations = { ...object.metadata.annotations, [approveAnnotation]: `${contentOf(object)}:all` };
    world.store.replace(kubeletConfigs.plural, {
      ...object,
      metadata: { ...object.metadata, annotations },
      spec,
    } as KubeletConfig);
  }
  for (const host of world.hosts.values()) {
    const node = world.node(host.machine.name);
    if (node?.spec?.unschedulable === true) world.store.replace(nodes.plural, { ...node, spec: {} } as typeof node);
    host.machine.isHeld = false;
    host.agent.noticeHost();
  }
}

function ofHost(world: World, random: Random, act: (host: Host) => string | undefined): string | undefined {
  const host = random.pick([...world.hosts.values()].filter(({ machine }) => !machine.isGone && machine.isPowered));
  return host && act(host);
}

/** Mostly the leader: the others only wait. */
function aController(world: World, random: Random): SimulatedProcess | undefined {
  const { namespace, name } = controllerLease;
  const lease = world.store.find(leases(namespace).plural, name) as { spec?: { holderIdentity?: string } } | undefined;
  const leader = world.controllers.find((one) => one.name === lease?.spec?.holderIdentity);
  return leader && random.chance(0.8) ? leader : random.pick(world.controllers);
}

/** At once, or just when it has sent its next write, which then lands late. */
function atNextWrite(world: World, random: Random, act: (process: SimulatedProcess) => string): string | undefined {
  const process = aController(world, random);
  if (!process || random.chance(0.3)) return process && act(process);
  process.atNextWrite = () => {
    act(process);
    return random.between(0, 120_000);
  };
  return `${process.name} at its next write`;
}

function cutOff({ timers }: World, random: Random, process: SimulatedProcess): string {
  process.cutOffUntil = timers.now() + random.between(2_000, 240_000);
  return `${process.name} until ${seconds(process.cutOffUntil)}`;
}

/** Whether the kubelet runs with what is on the disk now. */
function isHealthy(world: World, machine: Host['machine']): boolean {
  return machine.open === undefined || world.isGood(machine, machine.open.record);
}

function removeHost(world: World, { machine, process }: Host): void {
  machine.isGone = true;
  machine.powerOff();
  process.kill();
  world.hosts.delete(machine.name);
  world.store.delete(nodes.plural, machine.name);
}

function edit(world: World, random: Random, change: (object: KubeletConfig) => KubeletConfig['spec']): string | undefined {
  const object = random.pick(world.objects());
  if (!object) return undefined;
  world.store.replace(kubeletConfigs.plural, { ...object, spec: change(object) } as KubeletConfig);
  return object.metadata.name;
}

function annotate(
  world: World,
  random: Random,
  words: (object: KubeletConfig) => Readonly<Record<string, string>>,
): string | undefined {
  const object = random.pick(world.objects());
  if (!object) return undefined;
  const said = words(object);
  const annotations = { ...object.metadata.annotations, ...said };
  world.store.replace(kubeletConfigs.plural, { ...object, metadata: { ...object.metadata, annotations } });
  return `${object.metadata.name} ${JSON.stringify(said)}`;
}

/** The same object, with another uid, unless the old one is still there. */
function createAgain(world: World, { apiVersion, kind, metadata: { name }, spec }: KubeletConfig): void {
  if (!world.objects().some(({ metadata }) => metadata.name === name))
    world.store.create(kubeletConfigs.plural, { apiVersion, kind, metadata: { name }, spec } as KubeletConfig);
}

function indexOf({ metadata }: KubeletConfig): number {
  return metadata.name === 'all' ? 0 : 1;
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1_000).toFixed(1)} s`;
}
