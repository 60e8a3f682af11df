"""CloudFormation and SAM templates, CDK output and change sets to Resources."""
