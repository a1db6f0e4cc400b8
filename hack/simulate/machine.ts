/** A machine of the fleet: its kubelet, its Node, and what is on its disk whatever happens to its agent. */

import type { KubernetesObject } from '../../src/cluster/kubernetes-api.ts';
import { type Node, nodes } from '../../src/cluster/resources.ts';
import type { Journal } from '../../src/node/model/journal.ts';
import type { TransactionRecord } from '../../src/node/model/record.ts';
import type { Random } from './random.ts';
import type { Store } from './store.ts';
import type { Timer, Timers } from './timers.ts';

/** After this time without a heartbeat Kubernetes takes the Node for not ready. */
const heartbeatGrace = 40_000;

export interface OpenChange {
  readonly record: TransactionRecord;
  /** Id of the claimed request. */
  readonly request: string;
}

export interface MachineOptions {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly store: Store;
  readonly timers: Timers;
  readonly random: Random;
  /** How many times slower than others its kubelet starts. */
  readonly slowness: number;
  /** Key of the taint with which it registers its Node. */
  readonly taint: string | undefined;
}

export class Machine {
  readonly name: string;
  readonly #options: MachineOptions;
  journal: Journal = { lastSequence: 0 };
  /** A change that was claimed and is neither committed nor undone. */
  open: OpenChange | undefined;
  /** A person holds the node. */
  isHeld = false;
  /** The labels with which its kubelet registers it. */
  labels: Readonly<Record<string, string>>;
  #isUp = true;
  #isPowered = true;
  /** It was taken away, and never comes back. */
  isGone = false;
  #next: Timer | undefined;

  constructor(options: MachineOptions) {
    this.#options = options;
    this.name = options.name;
    this.labels = options.labels;
  }

  get isUp(): boolean {
    return this.#isUp && this.#isPowered;
  }

  get isPowered(): boolean {
    return this.#isPowered;
  }

  /** The kubelet ends, and starts again if it can. @returns milliseconds until it runs, or never does */
  restart(canStart: boolean): number {
    const { random, slowness } = this.#options;
    const takes = random.between(1_000, 6_000) * slowness;
    this.stop();
    if (canStart) this.#later(takes, () => this.#start());
    return canStart ? takes : Number.POSITIVE_INFINITY;
  }

  /** The kubelet is down. */
  stop(): void {
    this.#isUp = false;
    this.#later(heartbeatGrace, () => this.#setReady(false));
  }

  powerOff(): void {
    this.#isPowered = false;
    this.stop();
  }

  /** The kubelet starts with whatever is on the disk. */
  powerOn(canStart: boolean): void {
    if (this.isGone) return;
    this.#isPowered = true;
    this.restart(canStart);
  }

  /** Registers a Node if there is none. */
  register(): void {
    const { store, taint } = this.#options;
    const metadata = { name: this.name, labels: this.labels };
    const node = { metadata, ...(taint !== undefined && { spec: { taints: [{ key: taint, effect: 'NoSchedule' }] } }) };
    if (!store.find(nodes.plural, this.name)) store.create(nodes.plural, nodeObject(node, true));
  }

  #start(): void {
    if (!this.#isPowered) return;
    this.#isUp = true;
    this.register();
    this.#setReady(true);
  }

  #later(milliseconds: number, run: () => void): void {
    const { timers } = this.#options;
    const before = this.#next;
    // A kubelet that is down longer than the grace is not ready, whatever comes after.
    if (milliseconds < heartbeatGrace) before?.cancel();
    this.#next = timers.at(timers.now() + milliseconds, () => {
      if (milliseconds < heartbeatGrace || !this.isUp) run();
    });
  }

  #setReady(isReady: boolean): void {
    const { store } = this.#options;
    const found = store.find(nodes.plural, this.name);
    if (found) store.replace(nodes.plural, nodeObject(found, isReady));
  }
}

function nodeObject(object: KubernetesObject, isReady: boolean): Node {
  return { ...object, status: { conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }] } };
}
