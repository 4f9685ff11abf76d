/** How CloudFormation knows a stage. */
export const stackNameOf = (stage: string): string => `Aftercall-${stage}`;
