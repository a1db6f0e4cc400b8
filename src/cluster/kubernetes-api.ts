/**
 * What the agent and the controller need of a Kubernetes API server, and nothing else of it. `client.ts` implements it over HTTPS;
 * one contract suite runs against a real API server and against the in-process double.
 */

/** One kind of object as the API server serves it. `namespace` is absent for cluster-scoped ones. */
export interface Resource<Body extends KubernetesObject> {
  /** `v1`, `kubelet-config.dev/v1alpha1`. */
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespace?: string;
  /** Never there: only ties the type of the objects to the resource. */
  readonly body?: Body;
}

export interface KubernetesObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ObjectMeta;
}

/** The part of ObjectMeta that means something here. `managedFields` never gets this far: the client strips it on entry. */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly generation?: number;
  /** Opaque, but for whether two are equal. */
  readonly resourceVersion?: string;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** Both as kubectl writes them: `metadata.name=worker-1`, `role in (worker)`. */
export interface Selection {
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
}

export interface ObjectList<Body> {
  /** What a watch goes on from. */
  readonly resourceVersion: string;
  readonly items: readonly Body[];
}

export interface WatchOptions extends Selection {
  readonly resourceVersion: string;
  /** After which the server is to end the watch by itself. */
  readonly timeoutSeconds: number;
  /**
   * Without a byte from the server for so long the watch ends as if the server had ended it. Silence alone is no evidence that it is gone:
   * a bookmark tells of a newer resourceVersion, and there may be none.
   */
  readonly idleMilliseconds: number;
  readonly signal: AbortSignal;
  /** Called once, when the server has accepted the watch: nothing may happen in it for long. */
  readonly opened?: () => void;
}

export type WatchEvent<Body> =
  | { readonly type: 'Added' | 'Modified' | 'Deleted'; readonly object: Body }
  /** Nothing happened up to this resourceVersion. */
  | { readonly type: 'Bookmark'; readonly resourceVersion: string };

/** Merge is RFC 7386, Json RFC 6902, Apply server-side apply (fields of other managers are taken over: `force`). */
export type Patch =
  | { readonly type: 'Merge'; readonly body: object }
  | { readonly type: 'Json'; readonly body: readonly JsonOperation[] }
  | { readonly type: 'Apply'; readonly body: KubernetesObject; readonly fieldManager: string };

export type JsonOperation =
  | { readonly op: 'add' | 'replace' | 'test'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string };

export interface PatchOptions {
  readonly subresource?: 'status';
}

/**
 * Every method fails with an ApiError and nothing else, and within its time limit. None tries anything again: what can wait is tried
 * again by whoever called, with back-off.
 */
export interface KubernetesApi {
  get<Body extends KubernetesObject>(resource: Resource<Body>, name: string): Promise<Body>;
  /** All of them, in as many pages as it takes. A list that expires between two pages is begun anew once. @param signal gives it up */
  list<Body extends KubernetesObject>(
    resource: Resource<Body>,
    selection?: Selection,
    signal?: AbortSignal,
  ): Promise<ObjectList<Body>>;
  /**
   * Calls `each` in the order of the server's events, and resolves when the server, `signal` or silence ends the watch.
   * @throws ApiError `Gone` when the resourceVersion is too old, `Unreachable` when there was no answer or the connection broke
   */
  watch<Body extends KubernetesObject>(
    resource: Resource<Body>,
    options: WatchOptions,
    each: (event: WatchEvent<Body>) => void,
  ): Promise<void>;
  /** Returns what was stored. @throws ApiError `AlreadyExists` */
  create<Body extends KubernetesObject>(resource: Resource<Body>, object: Body): Promise<Body>;
  /**
   * Returns what is stored now. A patch that sets `metadata.resourceVersion` is compare-and-swap: any other version there is a `Conflict`.
   * A patch that changes nothing writes nothing.
   */
  patch<Body extends KubernetesObject>(
    resource: Resource<Body>,
    name: string,
    patch: Patch,
    options?: PatchOptions,
  ): Promise<Body>;
  /** @throws ApiError `Conflict` when it is another object by now than the uid says, `NotFound` */
  delete<Body extends KubernetesObject>(
    resource: Resource<Body>,
    name: string,
    preconditions?: { readonly uid?: string },
  ): Promise<void>;
}

export const apiErrorCodes = [
  /** No credentials, or none that the server takes: 401. */
  'Unauthorized',
  /** RBAC or admission says no: 403. */
  'Forbidden',
  'NotFound',
  /** The object has changed since: 409. */
  'Conflict',
  'AlreadyExists',
  /** The resourceVersion is too old to go on from: 410. */
  'Gone',
  /** The server does not take the object: 400, 413, 415, 422. */
  'Invalid',
  /** 429, also 503 with Retry-After. */
  'TooManyRequests',
  /** 5xx. */
  'ServerError',
  /** No answer at all: refused, cut off, name not found, TLS, silent for too long; also credentials that could not be read. */
  'Unreachable',
  /** An answer that is none: not JSON, not what was asked for. */
  'Unreadable',
] as const;
export type ApiErrorCode = (typeof apiErrorCodes)[number];

export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ApiErrorCode;
  /** Of HTTP; 0 without an answer. */
  readonly status: number;
  /** What the server asks to wait before the next try. */
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ApiErrorCode, message: string, options: ErrorOptions & { status?: number; retryAfterSeconds?: number } = {}) {
    super(message, options);
    this.code = code;
    this.status = options.status ?? 0;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}
