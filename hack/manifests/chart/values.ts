/** The one table of the chart's values: what each is for, what it may be, and which field of which manifest it replaces. */

import type { ChartValue, Place } from './chart-value.ts';
import * as schemas from './schemas.ts';

/** The comment above each section of values.yaml. */
export const sections: Readonly<Record<string, string>> = {
  image: 'One image serves the agent and the controller.',
  agent: 'What configures the kubelet of a node.',
  controller: 'What decides which node may change now, and puts nodes back before an object is deleted.',
  'controller.podDisruptionBudget': 'Keeps drains of several nodes from taking all replicas at once.',
  podMonitor: 'Lets the Prometheus operator find the agents and the controller. Needs its CRDs.',
  prometheusRule: 'Alerts for the Prometheus operator, of the metrics that podMonitor brings. Needs its CRDs.',
};

/** Kind and name of the objects that start pods. */
export const agent = 'DaemonSet agent';
export const controller = 'Deployment controller';
const disruption = 'PodDisruptionBudget controller';
const monitor = 'PodMonitor kubelet-config';
const alerts = 'PrometheusRule kubelet-config';

const podSpec = 'spec.template.spec';
const container = `${podSpec}.containers.0`;
const inPods = (path: string): readonly Place[] => [agent, controller].map((object) => ({ object, path }));

const image: readonly ChartValue[] = [
  {
    name: 'image.repository',
    comment: 'Your registry, if the nodes do not pull from the public one.',
    schema: { type: 'string', minLength: 1 },
    default: 'ghcr.io/kubelet-config/kubelet-config',
  },
  {
    name: 'image.tag',
    comment: 'Empty: the appVersion of the chart, for which its CRDs and permissions are made.',
    schema: { type: 'string' },
    default: '',
  },
  {
    name: 'image.digest',
    comment: 'Pins the image: sha256:… A tag can be moved to another image. The digest wins over the tag.',
    schema: schemas.digest,
    default: '',
  },
  {
    name: 'image.pullPolicy',
    comment: 'Empty: IfNotPresent, or Always for the tag latest, as Kubernetes decides.',
    schema: { enum: ['', 'Always', 'IfNotPresent', 'Never'] },
    form: 'NewField',
    places: inPods(`${container}.imagePullPolicy`),
  },
  {
    name: 'imagePullSecrets',
    comment: 'For a private registry: [{name: NAME}] of secrets in the namespace kubelet-config.',
    schema: schemas.secretNames,
    form: 'NewField',
    places: inPods(`${podSpec}.imagePullSecrets`),
  },
];

const fieldsOfPods = {
  extraArgs: { path: `${container}.args`, form: 'MoreItems', schema: schemas.words },
  resources: { path: `${container}.resources`, form: 'Field', schema: schemas.resources },
  tolerations: { path: `${podSpec}.tolerations`, form: 'Field', schema: schemas.tolerations },
  nodeSelector: { path: `${podSpec}.nodeSelector`, form: 'NewField', schema: schemas.textMap },
  priorityClassName: { path: `${podSpec}.priorityClassName`, form: 'Field', schema: { type: 'string' } },
  podAnnotations: { path: 'spec.template.metadata.annotations', form: 'NewField', schema: schemas.textMap },
} as const;

/** What the agent and the controller both have, with the reasons of each. */
function ofPods(
  section: string,
  object: string,
  comments: Readonly<Record<keyof typeof fieldsOfPods, string>>,
): readonly ChartValue[] {
  return Object.entries(fieldsOfPods).map(([name, { path, form, schema }]) => ({
    name: `${section}.${name}`,
    comment: comments[name as keyof typeof fieldsOfPods],
    schema,
    form,
    places: [{ object, path }],
  }));
}

const ofAgent: readonly ChartValue[] = [
  {
    name: 'agent.enabled',
    comment:
      'True: a pod on every node (DaemonSet). False: you run the agent as a systemd service of each host, and the nodes themselves get its permissions.',
    schema: schemas.flag,
    default: true,
  },
  {
    name: 'agent.maxUnavailable',
    comment: 'How many agents an update of this chart replaces at a time: a number or a percentage.',
    schema: schemas.podCount,
    form: 'Scalar',
    places: [{ object: agent, path: 'spec.updateStrategy.rollingUpdate.maxUnavailable' }],
  },
  ...ofPods('agent', agent, {
    extraArgs: 'More options of `kubelet-config agent`, for example --log-level=debug.',
    resources:
      'Raise the memory for very large objects. Set no CPU limit: an agent that is throttled between stop and start would keep the kubelet down for longer.',
    tolerations: 'Every node by default. A node without an agent keeps what it has.',
    nodeSelector: 'To begin with a part of the nodes.',
    priorityClassName: 'The agent is part of the node: it should be evicted last.',
    podAnnotations: 'For other tools in the cluster.',
  }),
];

const ofController: readonly ChartValue[] = [
  {
    name: 'controller.replicas',
    comment: 'One leads; the other takes over. Without any, nodes keep what they have and no change begins.',
    schema: { type: 'integer', minimum: 0 },
    form: 'Scalar',
    places: [{ object: controller, path: 'spec.replicas' }],
  },
  ...ofPods('controller', controller, {
    extraArgs: 'More options of `kubelet-config controller`. It needs the same --unit and --allow-path as the agents.',
    resources: 'Raise the memory for thousands of nodes.',
    tolerations:
      'A list of yours replaces this one; keep kubelet-config.dev/unconfigured in it if your nodes start with that taint.',
    nodeSelector: 'To keep it on certain nodes.',
    priorityClassName: 'Without the controller no node changes and none goes back.',
    podAnnotations: 'For other tools in the cluster.',
  }),
  {
    name: 'controller.affinity',
    comment: 'Helm merges yours with this one. `affinity: null` takes it away.',
    schema: schemas.affinity,
    form: 'Field',
    places: [{ object: controller, path: `${podSpec}.affinity` }],
  },
  {
    name: 'controller.podDisruptionBudget.enabled',
    comment: 'True to have one. Two budgets for one pod refuse every drain, so look whether another one covers these pods.',
    schema: schemas.flag,
    default: false,
  },
  {
    name: 'controller.podDisruptionBudget.maxUnavailable',
    comment: 'A number or a percentage of the replicas.',
    schema: schemas.podCount,
    form: 'Scalar',
    places: [{ object: disruption, path: 'spec.maxUnavailable' }],
  },
];

const ofMonitor: readonly ChartValue[] = [
  {
    name: 'podMonitor.enabled',
    comment: 'True where the Prometheus operator is installed.',
    schema: schemas.flag,
    default: false,
  },
  {
    name: 'podMonitor.labels',
    comment: 'What your Prometheus selects PodMonitors by, for example release: prometheus.',
    schema: schemas.textMap,
    form: 'MoreEntries',
    places: [{ object: monitor, path: 'metadata.labels' }],
  },
  {
    name: 'podMonitor.interval',
    comment: 'Empty: the interval of your Prometheus.',
    schema: schemas.duration,
    form: 'NewField',
    places: [{ object: monitor, path: 'spec.podMetricsEndpoints.0.interval' }],
  },
];

const ofAlerts: readonly ChartValue[] = [
  {
    name: 'prometheusRule.enabled',
    comment: 'True where the Prometheus operator is installed and podMonitor is enabled.',
    schema: schemas.flag,
    default: false,
  },
  {
    name: 'prometheusRule.labels',
    comment: 'What your Prometheus selects PrometheusRules by, for example release: prometheus.',
    schema: schemas.textMap,
    form: 'MoreEntries',
    places: [{ object: alerts, path: 'metadata.labels' }],
  },
];

/** In the order of values.yaml. */
export const chartValues: readonly ChartValue[] = [...image, ...ofAgent, ...ofController, ...ofMonitor, ...ofAlerts];

/** Fields that a helper of the chart makes from several values. */
export const expressions: readonly (Place & { readonly expression: string })[] = inPods(`${container}.image`).map((place) => ({
  ...place,
  expression: 'include "kubelet-config.image" .',
}));
