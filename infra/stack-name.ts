/** The name of a stage's stack in CloudFormation. */
export const stackNameOf = (stage: string): string => `Aftercall-${stage}`;
