/** Everything of one run together: the API server, the machines with their agents, the controllers. */

import { defaultAllowance } from '../../src/api/paths.ts';
import type { KubeletConfig, NodeKubelet } from '../../src/api/types.ts';
import { kubeletConfigs, nodeKubelets } from '../../src/cluster/own-resources.ts';
import { type Node, nodes } from '../../src/cluster/resources.ts';
import { selects } from '../../src/desired/select.ts';
import { makeValidator } from '../../src/fleet/object-health.ts';
import { rfc3339 } from '../../src/loop/time.ts';
import type { TransactionRecord } from '../../src/node/model/record.ts';
import { Agent } from './agent.ts';
import type { ChangeObserver } from './change.ts';
import { type LeaderObserver, newNodeTaint, startController } from './controller-process.ts';
import { recordOf, targetOf } from './desired.ts';
import { collectGarbage } from './garbage.ts';
import { Machine } from './machine.ts';
import { withoutFence } from './mutate.ts';
import { apiOf, beginning, type Request, type Surroundings, type Weather } from './network.ts';
import { SimulatedProcess } from './process.ts';
import { type Random, seededRandom } from './random.ts';
import type { Settings } from './settings.ts';
import { Store, type StoreChange } from './store.ts';
import { type Timers, virtualTimers } from './timers.ts';

export interface WorldObserver extends ChangeObserver, LeaderObserver {
  /** A request has reached the API server. */
  landed(process: SimulatedProcess, request: Request): void;
}

/** A machine and the process of its agent. */
export interface Host {
  readonly machine: Machine;
  process: SimulatedProcess;
  agent: Agent;
}

export class World {
  readonly settings: Settings;
  readonly timers: Timers = virtualTimers();
  readonly store: Store;
  readonly random: Random;
  readonly weather: Weather;
  readonly hosts = new Map<string, Host>();
  readonly controllers: SimulatedProcess[] = [];
  /** By content: the part of the nodes on which it fails. */
  readonly badness = new Map<string, number>();
  readonly #surroundings: Surroundings;
  readonly #observer: WorldObserver;
  readonly #validator = makeValidator(defaultAllowance);
  #processes = 0;

  constructor(settings: Settings, observer: WorldObserver) {
    const { seed, lostAnswers, lateRequests } = settings;
    this.settings = settings;
    this.#observer = observer;
    this.random = seededRandom(seed);
    this.store = new Store(() => this.date());
    this.weather = { usualDelay: 15, lostAnswers, lateRequests, latest: 240_000 };
    const { timers, store, weather } = this;
    this.#surroundings = { timers, store, weather, random: this.random.fork('network') };
    for (const plural of [nodes.plural, nodeKubelets.plural])
      store.onChange(plural, (change) => this.hosts.get(change.object.metadata.name)?.agent.take(change));
    store.onChange(kubeletConfigs.plural, (change) => this.#takeObject(change));
    collectGarbage(this.#surroundings);
  }

  /** The date of every machine: 2026-01-01 and what has passed since. */
  date(): string {
    return rfc3339(beginning + this.timers.now());
  }

  objects(): readonly KubeletConfig[] {
    return this.store.all(kubeletConfigs.plural) as readonly KubeletConfig[];
  }

  nodeKubelet(name: string): NodeKubelet | undefined {
    return this.store.find(nodeKubelets.plural, name) as NodeKubelet | undefined;
  }

  node(name: string): Node | undefined {
    return this.store.find(nodes.plural, name) as Node | undefined;
  }

  /** The objects that select a node with these labels now. */
  selecting(labels: Readonly<Record<string, string>>): KubeletConfig[] {
    return this.objects().filter(
      ({ metadata, spec }) => metadata.deletionTimestamp === undefined && selects(spec.nodeSelector, labels),
    );
  }

  /** Adds a machine that has what the objects ask for now, or one that has nothing yet. */
  addHost(name: string, labels: Readonly<Record<string, string>>, isNew: boolean): Host {
    const { store, timers, random } = this;
    const slowness = random.chance(this.settings.slowRate) ? 10 : 1;
    const taint = isNew && this.settings.taintsNewNodes === true ? newNodeTaint : undefined;
    const machine = new Machine({ name, labels, store, timers, random: random.fork(name), slowness, taint });
    const target = targetOf(this.selecting(labels));
    if (!isNew && target.inputs) machine.journal = { committed: recordOf(target, 1, 1), lastSequence: 1 };
    machine.register();
    const host: Host = { machine, ...this.#agentOf(machine) };
    this.hosts.set(name, host);
    return host;
  }

  /** The agent ends, and another one starts after a time. */
  restartAgent(host: Host, after: number): void {
    host.process.kill();
    this.timers.at(this.timers.now() + after, () => {
      if (!host.machine.isGone && host.machine.isPowered && !host.process.isAlive)
        Object.assign(host, this.#agentOf(host.machine));
    });
  }

  addController(): void {
    const process = this.#process('controller');
    this.controllers.push(process);
    const api = apiOf(process, this.#surroundings, (request) => this.#observer.landed(process, request));
    const restart = () => {
      this.#observer.stopped(process);
      this.killController(process, 5_000);
    };
    startController({
      process,
      api,
      random: this.random.fork(process.name),
      validator: this.#validator,
      date: () => this.date(),
      observer: { ...this.#observer, stopped: restart },
      mutation: this.settings.mutation,
    });
  }

  /** It ends at once, and another one starts after a time. */
  killController(process: SimulatedProcess, after: number): void {
    if (!process.isAlive) return;
    process.kill();
    this.controllers.splice(this.controllers.indexOf(process), 1);
    this.timers.at(this.timers.now() + after, () => this.addController());
  }

  /** Whether the kubelet of the machine runs with what the record brings; always the same answer. */
  isGood(machine: Machine, { inputs }: Pick<TransactionRecord, 'inputs'>): boolean {
    return (inputs?.objects ?? []).every(({ content = '' }) => {
      const part = this.badness.get(content) ?? 0;
      return part === 0 || seededRandom(this.settings.seed).fork(`${machine.name} ${content}`).next() >= part;
    });
  }

  #agentOf(machine: Machine): Pick<Host, 'process' | 'agent'> {
    const process = this.#process(`agent of ${machine.name}`);
    const api = apiOf(process, this.#surroundings, (request) => this.#observer.landed(process, request));
    const approvedIn = () => this.nodeKubelet(machine.name)?.spec?.approval?.term;
    const agent = new Agent({
      process,
      machine,
      surroundings: this.#surroundings,
      api: this.settings.mutation === 'NoFence' ? withoutFence(api, approvedIn) : api,
      random: this.random,
      isGood: (one, record) => this.isGood(one, record),
      date: () => this.date(),
      observer: this.#observer,
    });
    return { process, agent };
  }

  #process(name: string): SimulatedProcess {
    this.#processes += 1;
    return new SimulatedProcess(`${name} (process ${this.#processes})`, this.timers);
  }

  /** A new status of an object is no news for agents: the real ones drop it. */
  #takeObject(change: StoreChange): void {
    if (change.before?.metadata.generation === change.object.metadata.generation && change.type === 'Modified') return;
    for (const { agent } of this.hosts.values()) agent.take(change);
  }
}
