/** The values that an object computes for one node, laid over what it states. */

import type { Json, JsonMap } from '../api/json.ts';
import type { FieldPath, Problem } from '../api/problem.ts';
import type { KubeletConfig } from '../api/types.ts';
import { overlay } from './tree.ts';

/** The result of one entry of `computed`. */
export interface ComputedValue {
  readonly index: number;
  readonly expression: string;
  /** Below spec. */
  readonly path: FieldPath;
  readonly value: Json;
}

export interface ComputedFields {
  readonly values: readonly ComputedValue[];
  /** They name the object. */
  readonly problems: readonly Problem[];
}

/** Evaluates the expressions of an object for one node. */
export type Compute = (object: KubeletConfig) => ComputedFields;

/** Where no facts are at hand, such as in the controller: the objects count as if they computed nothing. */
export const computesNothing: Compute = () => ({ values: [], problems: [] });

/** The fields with the values laid over them. */
export function withComputed(stated: JsonMap, values: readonly ComputedValue[]): JsonMap {
  return values.reduce<JsonMap>((fields, { path, value }) => overlay(fields, nested(path, value)) as JsonMap, stated);
}

function nested(path: FieldPath, value: Json): Json {
  return path.reduceRight<Json>((inner, step) => ({ [step]: inner }), value);
}
