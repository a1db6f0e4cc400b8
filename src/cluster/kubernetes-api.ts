/**
 * What the agent and the controller need of a Kubernetes API server. `client.ts` implements it over HTTPS;
 * one contract suite runs against a real API server and against the one in test/fakes.
 */

/** One kind of object as the API server serves it. `namespace` is absent for cluster-scoped kinds. */
export interface Resource<Body extends KubernetesObject> {
  /** `v1`, `kubelet-config.dev/v1alpha1`. */
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespace?: string;
  /** Never set. It only ties the type of the objects to the resource. */
  readonly body?: Body;
}

export interface KubernetesObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ObjectMeta;
}

/** The part of ObjectMeta that we read. The client drops `managedFields` from every answer. */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly generation?: number;
  /** Compare for equality, or with `isOlder`. */
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

/** Selectors in kubectl's syntax: `metadata.name=worker-1`, `role in (worker)`. */
export interface Selection {
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
}

export interface ObjectList<Body> {
  /** A watch from this version continues the list. */
  readonly resourceVersion: string;
  readonly items: readonly Body[];
}

export interface WatchOptions extends Selection {
  /** Events after this version are sent. */
  readonly resourceVersion: string;
  /** The server ends the watch after this time. */
  readonly timeoutSeconds: number;
  /**
   * If the server sends nothing for this long, the watch ends as if the server had ended it. That is no
   * error: a server sends bookmarks only if there is a newer resourceVersion.
   */
  readonly idleMilliseconds: number;
  /** Ends the watch; then it resolves. */
  readonly signal: AbortSignal;
  /** Called once, when the server has accepted the watch. The first event may come much later. */
  readonly opened?: () => void;
}

export type WatchEvent<Body> =
  | { readonly type: 'Added' | 'Modified' | 'Deleted'; readonly object: Body }
  /** All events up to this resourceVersion have been sent. */
  | { readonly type: 'Bookmark'; readonly resourceVersion: string };

/**
 * Merge is RFC 7386, Json is RFC 6902, Apply is server-side apply that takes fields of other managers
 * (`force`).
 */
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
 * One API server. Every method fails with an ApiError and nothing else, and within its time limit. No method
 * repeats a failed request: callers that can wait try again, with back-off. All may fail with `Unreachable`,
 * `Unauthorized`, `Forbidden`, `TooManyRequests`, `ServerError` and `Unreadable`.
 */
export interface KubernetesApi {
  /** One object. @throws ApiError `NotFound` */
  get<Body extends KubernetesObject>(resource: Resource<Body>, name: string): Promise<Body>;
  /**
   * All objects that match, read page by page. A list that expires between two pages is begun again once.
   * @param signal gives the list up when aborted; then it fails with `Unreachable`
   * @throws ApiError `Gone` when it has expired twice
   */
  list<Body extends KubernetesObject>(
    resource: Resource<Body>,
    selection?: Selection,
    signal?: AbortSignal,
  ): Promise<ObjectList<Body>>;
  /**
   * Calls `each` for every event, in the server's order. Resolves when the server ends the watch, when
   * `signal` is aborted, or after `idleMilliseconds` of silence.
   * @throws ApiError `Gone` when the resourceVersion is too old; `Unreachable` when there was no answer or
   * the connection broke
   */
  watch<Body extends KubernetesObject>(
    resource: Resource<Body>,
    options: WatchOptions,
    each: (event: WatchEvent<Body>) => void,
  ): Promise<void>;
  /** Creates an object. @returns the object as it is stored. @throws ApiError `AlreadyExists`, `Invalid` */
  create<Body extends KubernetesObject>(resource: Resource<Body>, object: Body): Promise<Body>;
  /**
   * Creates what stands for an action on an object, such as its eviction. The answer has no object.
   * @throws ApiError `NotFound` if there is no such object; `TooManyRequests` if a disruption budget refuses
   * the eviction, with its words in `causes`; `Conflict` if the object has another uid
   */
  createOn<Body extends KubernetesObject>(
    resource: Resource<KubernetesObject>,
    name: string,
    subresource: 'eviction',
    body: Body,
  ): Promise<void>;
  /**
   * Changes an object. A patch that sets `metadata.resourceVersion` is compare-and-swap. A patch that changes
   * nothing writes nothing.
   * @returns the object as it is stored now
   * @throws ApiError `Conflict` when the object has another version by now; `NotFound`; `Invalid`
   */
  patch<Body extends KubernetesObject>(
    resource: Resource<Body>,
    name: string,
    patch: Patch,
    options?: PatchOptions,
  ): Promise<Body>;
  /**
   * Deletes an object, or asks for its deletion if it has finalizers.
   * @throws ApiError `Conflict` when the object has another uid; `NotFound`
   */
  delete<Body extends KubernetesObject>(
    resource: Resource<Body>,
    name: string,
    preconditions?: { readonly uid?: string },
  ): Promise<void>;
  /**
   * The clock of the API server in milliseconds since 1970, to a second: the date of its last answer, and the
   * time since then by our monotonic clock. Undefined if no answer had a date.
   */
  serverTime(): number | undefined;
}

/** Why a request failed. docs/errors.md explains each. */
export const apiErrorCodes = [
  /** The server does not accept the credentials: 401. */
  'Unauthorized',
  /** RBAC or admission forbids it: 403. */
  'Forbidden',
  'NotFound',
  /** The object has changed in between: 409. */
  'Conflict',
  'AlreadyExists',
  /** The server no longer has this resourceVersion: 410. */
  'Gone',
  /** The server does not accept the object: 400, 405, 413, 415, 422. */
  'Invalid',
  /** 429, or 503 with Retry-After. */
  'TooManyRequests',
  /** 5xx. */
  'ServerError',
  /** No answer: refused, broken off, name not found, TLS, time-out; or credentials that could not be read. */
  'Unreachable',
  /** An answer that makes no sense: not JSON, not what was asked for. */
  'Unreadable',
] as const;
export type ApiErrorCode = (typeof apiErrorCodes)[number];

/** metav1.StatusCause, without the field that it is about. */
export interface ApiErrorCause {
  /** One word: `DisruptionBudget`. */
  readonly reason: string;
  readonly message: string;
}

type ApiErrorOptions = ErrorOptions & {
  readonly status?: number;
  readonly retryAfterSeconds?: number;
  readonly causes?: readonly ApiErrorCause[];
};

/** A request to the API server failed. The message begins with the request: `get nodes worker-1: …`. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ApiErrorCode;
  /** The HTTP status; 0 without an answer. */
  readonly status: number;
  /** How long the server asks to wait before the next try. */
  readonly retryAfterSeconds: number | undefined;
  /** What the server says beside its message. */
  readonly causes: readonly ApiErrorCause[];

  constructor(code: ApiErrorCode, message: string, options: ApiErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.status = options.status ?? 0;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.causes = options.causes ?? [];
  }
}
