/** The JSON schemas of the values that Kubernetes itself defines, as strict as a chart can be without copying its API. */

export type Schema = Readonly<Record<string, unknown>>;

const text = { type: 'string' };
const closed = (properties: Readonly<Record<string, Schema>>, required: readonly string[] = []) => ({
  type: 'object',
  additionalProperties: false,
  properties,
  ...(required.length > 0 && { required }),
});
/** Quantities may be written as numbers: `cpu: 1`. */
const quantities = { type: 'object', additionalProperties: { type: ['string', 'number'] } };

export const flag: Schema = { type: 'boolean' };

export const textMap: Schema = { type: 'object', additionalProperties: text };

export const words: Schema = { type: 'array', items: { type: 'string', minLength: 1 } };

export const resources: Schema = closed({
  requests: quantities,
  limits: quantities,
  claims: { type: 'array', items: { type: 'object' } },
});

export const tolerations: Schema = {
  type: 'array',
  items: closed({
    key: text,
    operator: { enum: ['Exists', 'Equal', 'Lt', 'Gt'] },
    value: text,
    effect: { enum: ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] },
    tolerationSeconds: { type: 'integer' },
  }),
};

export const affinity: Schema = closed({
  nodeAffinity: { type: 'object' },
  podAffinity: { type: 'object' },
  podAntiAffinity: { type: 'object' },
});

export const secretNames: Schema = { type: 'array', items: closed({ name: { type: 'string', minLength: 1 } }, ['name']) };

/** A number of pods, or a percentage. At least one: nothing could ever be replaced otherwise. */
export const podCount: Schema = {
  anyOf: [
    { type: 'integer', minimum: 1 },
    { type: 'string', pattern: '^(100|[1-9][0-9]?)%$' },
  ],
};

export const digest: Schema = { type: 'string', pattern: '^(sha256:[0-9a-f]{64})?$' };

export const duration: Schema = { type: 'string', pattern: '^([0-9]+(ms|s|m|h))*$' };
