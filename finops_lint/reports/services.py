"""A service of the price tables to what a bill calls it: display name, and category of the FOCUS specification 1.2."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from finops_lint.model.estimate import CostComponent
from finops_lint.model.records import record
from finops_lint.model.report import ReportedResource


@record(frozen=True, slots=True)
class Service:
    """What is billed."""

    provider: str
    """`AWS`, `Microsoft`, `Google Cloud`, or the provider's own name."""
    name: str
    category: str
    """One of the values FOCUS allows for ServiceCategory."""


PROVIDERS = {"aws": "AWS", "awscc": "AWS", "azure": "Microsoft", "azurerm": "Microsoft", "google": "Google Cloud"}
_CLOUDS = {"AWS": "aws", "Microsoft": "azure", "Google Cloud": "google"}

_AI, _COMPUTE, _DATABASES, _NETWORKING = "AI and Machine Learning", "Compute", "Databases", "Networking"
_STORAGE, _SECURITY, _IDENTITY, _ANALYTICS = "Storage", "Security", "Identity", "Analytics"
_INTEGRATION, _DEVELOPER, _GOVERNANCE, _WEB = "Integration", "Developer Tools", "Management and Governance", "Web"
OTHER = "Other"

SERVICES: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "aws": {
        "acm": ("AWS Certificate Manager", _SECURITY),
        "api-gateway": ("Amazon API Gateway", _INTEGRATION),
        "apprunner": ("AWS App Runner", _COMPUTE),
        "appsync": ("AWS AppSync", _WEB),
        "athena": ("Amazon Athena", _ANALYTICS),
        "backup": ("AWS Backup", _STORAGE),
        "bedrock": ("Amazon Bedrock", _AI),
        "bedrock-agentcore": ("Amazon Bedrock AgentCore", _AI),
        "cloudformation": ("AWS CloudFormation", _GOVERNANCE),
        "cloudfront": ("Amazon CloudFront", _NETWORKING),
        "cloudhsm": ("AWS CloudHSM", _SECURITY),
        "cloudtrail": ("AWS CloudTrail", _GOVERNANCE),
        "cloudwatch": ("Amazon CloudWatch", _GOVERNANCE),
        "codebuild": ("AWS CodeBuild", _DEVELOPER),
        "codepipeline": ("AWS CodePipeline", _DEVELOPER),
        "cognito": ("Amazon Cognito", _IDENTITY),
        "comprehend": ("Amazon Comprehend", _AI),
        "config": ("AWS Config", _GOVERNANCE),
        "data-transfer": ("AWS Data Transfer", _NETWORKING),
        "directory-service": ("AWS Directory Service", _IDENTITY),
        "dms": ("AWS Database Migration Service", "Migration"),
        "docdb": ("Amazon DocumentDB", _DATABASES),
        "dx": ("AWS Direct Connect", _NETWORKING),
        "dynamodb": ("Amazon DynamoDB", _DATABASES),
        "ebs": ("Amazon Elastic Block Store", _STORAGE),
        "ec2": ("Amazon Elastic Compute Cloud", _COMPUTE),
        "ecr": ("Amazon Elastic Container Registry", _DEVELOPER),
        "efs": ("Amazon Elastic File System", _STORAGE),
        "eks": ("Amazon Elastic Kubernetes Service", _COMPUTE),
        "elasticache": ("Amazon ElastiCache", _DATABASES),
        "elb": ("Elastic Load Balancing", _NETWORKING),
        "emr": ("Amazon Elastic MapReduce", _ANALYTICS),
        "eventbridge": ("Amazon EventBridge", _INTEGRATION),
        "fargate": ("AWS Fargate", _COMPUTE),
        "fsx": ("Amazon FSx", _STORAGE),
        "global-accelerator": ("AWS Global Accelerator", _NETWORKING),
        "glue": ("AWS Glue", _ANALYTICS),
        "grafana": ("Amazon Managed Grafana", _GOVERNANCE),
        "kendra": ("Amazon Kendra", _AI),
        "kinesis": ("Amazon Kinesis Data Streams", _ANALYTICS),
        "kinesis-analytics": ("Amazon Managed Service for Apache Flink", _ANALYTICS),
        "kinesis-firehose": ("Amazon Data Firehose", _ANALYTICS),
        "kms": ("AWS Key Management Service", _SECURITY),
        "lambda": ("AWS Lambda", _COMPUTE),
        "lightsail": ("Amazon Lightsail", _COMPUTE),
        "mq": ("Amazon MQ", _INTEGRATION),
        "msk": ("Amazon Managed Streaming for Apache Kafka", _ANALYTICS),
        "mwaa": ("Amazon Managed Workflows for Apache Airflow", _INTEGRATION),
        "neptune": ("Amazon Neptune", _DATABASES),
        "neptune-analytics": ("Amazon Neptune Analytics", _DATABASES),
        "network-firewall": ("AWS Network Firewall", _SECURITY),
        "opensearch": ("Amazon OpenSearch Service", _ANALYTICS),
        "opensearch-serverless": ("Amazon OpenSearch Serverless", _ANALYTICS),
        "prometheus": ("Amazon Managed Service for Prometheus", _GOVERNANCE),
        "q-business": ("Amazon Q Business", _AI),
        "rds": ("Amazon Relational Database Service", _DATABASES),
        "redshift": ("Amazon Redshift", _DATABASES),
        "route53": ("Amazon Route 53", _NETWORKING),
        "s3": ("Amazon Simple Storage Service", _STORAGE),
        "s3-vectors": ("Amazon S3 Vectors", _STORAGE),
        "sagemaker": ("Amazon SageMaker", _AI),
        "secretsmanager": ("AWS Secrets Manager", _SECURITY),
        "shield": ("AWS Shield", _SECURITY),
        "sns": ("Amazon Simple Notification Service", _INTEGRATION),
        "sqs": ("Amazon Simple Queue Service", _INTEGRATION),
        "ssm": ("AWS Systems Manager", _GOVERNANCE),
        "step-functions": ("AWS Step Functions", _INTEGRATION),
        "transfer": ("AWS Transfer Family", "Migration"),
        "vpc": ("Amazon Virtual Private Cloud", _NETWORKING),
        "waf": ("AWS WAF", _SECURITY),
    },
    "azure": {
        "ai-search": ("Azure AI Search", _AI),
        "aks": ("Azure Kubernetes Service", _COMPUTE),
        "api-management": ("Azure API Management", _INTEGRATION),
        "app-configuration": ("Azure App Configuration", _DEVELOPER),
        "app-service": ("Azure App Service", _WEB),
        "app-service-environment": ("Azure App Service", _WEB),
        "application-gateway": ("Azure Application Gateway", _NETWORKING),
        "application-insights": ("Azure Monitor", _GOVERNANCE),
        "automation": ("Azure Automation", _GOVERNANCE),
        "azure-ml": ("Azure Machine Learning", _AI),
        "azure-openai": ("Azure OpenAI", _AI),
        "backup": ("Azure Backup", _STORAGE),
        "bastion": ("Azure Bastion", _NETWORKING),
        "cdn": ("Azure Content Delivery Network", _NETWORKING),
        "cognitive-services": ("Azure AI services", _AI),
        "container-apps": ("Azure Container Apps", _COMPUTE),
        "container-instances": ("Azure Container Instances", _COMPUTE),
        "container-registry": ("Azure Container Registry", _DEVELOPER),
        "cosmosdb": ("Azure Cosmos DB", _DATABASES),
        "data-factory": ("Azure Data Factory", _ANALYTICS),
        "databricks": ("Azure Databricks", _ANALYTICS),
        "ddos": ("Azure DDoS Protection", _SECURITY),
        "defender": ("Microsoft Defender for Cloud", _SECURITY),
        "dns": ("Azure DNS", _NETWORKING),
        "domain-services": ("Microsoft Entra Domain Services", _IDENTITY),
        "elastic-san": ("Azure Elastic SAN", _STORAGE),
        "entra-external-id": ("Microsoft Entra External ID", _IDENTITY),
        "eventgrid": ("Azure Event Grid", _INTEGRATION),
        "eventhub": ("Azure Event Hubs", _ANALYTICS),
        "express-route": ("Azure ExpressRoute", _NETWORKING),
        "fabric": ("Microsoft Fabric", _ANALYTICS),
        "firewall": ("Azure Firewall", _SECURITY),
        "foundry-agents": ("Azure AI Foundry", _AI),
        "foundry-deepseek": ("Azure AI Foundry", _AI),
        "frontdoor": ("Azure Front Door", _NETWORKING),
        "functions": ("Azure Functions", _COMPUTE),
        "hdinsight": ("Azure HDInsight", _ANALYTICS),
        "image": ("Azure Managed Disks", _STORAGE),
        "integration-service-environment": ("Azure Logic Apps", _INTEGRATION),
        "iot-hub": ("Azure IoT Hub", "Internet of Things"),
        "key-vault": ("Azure Key Vault", _SECURITY),
        "load-balancer": ("Azure Load Balancer", _NETWORKING),
        "log-analytics": ("Azure Monitor", _GOVERNANCE),
        "logic-app": ("Azure Logic Apps", _INTEGRATION),
        "managed-disk": ("Azure Managed Disks", _STORAGE),
        "managed-lustre": ("Azure Managed Lustre", _STORAGE),
        "managed-redis": ("Azure Managed Redis", _DATABASES),
        "monitor": ("Azure Monitor", _GOVERNANCE),
        "mysql-flexible": ("Azure Database for MySQL", _DATABASES),
        "nat-gateway": ("Azure NAT Gateway", _NETWORKING),
        "network-watcher": ("Azure Network Watcher", _NETWORKING),
        "notification-hubs": ("Azure Notification Hubs", "Mobile"),
        "postgresql-flexible": ("Azure Database for PostgreSQL", _DATABASES),
        "powerbi": ("Power BI Embedded", _ANALYTICS),
        "private-endpoint": ("Azure Private Link", _NETWORKING),
        "public-ip": ("Azure Virtual Network", _NETWORKING),
        "redis": ("Azure Cache for Redis", _DATABASES),
        "servicebus": ("Azure Service Bus", _INTEGRATION),
        "signalr": ("Azure SignalR Service", _WEB),
        "single-database-server": ("Azure Database", _DATABASES),
        "snapshot": ("Azure Managed Disks", _STORAGE),
        "sql": ("Azure SQL Database", _DATABASES),
        "static-web-app": ("Azure Static Web Apps", _WEB),
        "storage": ("Azure Storage", _STORAGE),
        "stream-analytics": ("Azure Stream Analytics", _ANALYTICS),
        "synapse": ("Azure Synapse Analytics", _ANALYTICS),
        "traffic-manager": ("Azure Traffic Manager", _NETWORKING),
        "virtual-wan": ("Azure Virtual WAN", _NETWORKING),
        "vm": ("Azure Virtual Machines", _COMPUTE),
        "vnet-peering": ("Azure Virtual Network", _NETWORKING),
        "vpn-gateway": ("Azure VPN Gateway", _NETWORKING),
    },
    "google": {
        "alloydb": ("AlloyDB for PostgreSQL", _DATABASES),
        "artifact-registry": ("Artifact Registry", _DEVELOPER),
        "bigquery": ("BigQuery", _ANALYTICS),
        "bigtable": ("Bigtable", _DATABASES),
        "cloud-functions": ("Cloud Run functions", _COMPUTE),
        "cloud-run": ("Cloud Run", _COMPUTE),
        "compute": ("Compute Engine", _COMPUTE),
        "dataproc": ("Dataproc", _ANALYTICS),
        "dns": ("Cloud DNS", _NETWORKING),
        "filestore": ("Filestore", _STORAGE),
        "gke": ("Google Kubernetes Engine", _COMPUTE),
        "kms": ("Cloud Key Management Service", _SECURITY),
        "logging": ("Cloud Logging", _GOVERNANCE),
        "memorystore": ("Memorystore", _DATABASES),
        "monitoring": ("Cloud Monitoring", _GOVERNANCE),
        "privateca": ("Certificate Authority Service", _SECURITY),
        "pubsub": ("Pub/Sub", _INTEGRATION),
        "redis": ("Memorystore for Redis", _DATABASES),
        "scheduler": ("Cloud Scheduler", _DEVELOPER),
        "secret-manager": ("Secret Manager", _SECURITY),
        "spanner": ("Spanner", _DATABASES),
        "sql": ("Cloud SQL", _DATABASES),
        "storage": ("Cloud Storage", _STORAGE),
        "tasks": ("Cloud Tasks", _INTEGRATION),
        "tpu": ("Cloud TPU", _AI),
        "vertex": ("Vertex AI", _AI),
    },
}
"""Cloud → service in the price tables → (what the cloud's bill calls it, FOCUS category)."""


def service_of(resource: ReportedResource, component: CostComponent | None = None) -> Service:
    """What `component` is billed as; without a price of its own, what the rest of the resource is.

    Where nothing has a price the type stands for the service, in the category `Other`.
    """
    for item in _items(resource, component):
        found = _named(resource.provider, item.partition("/")[0])
        if found is not None:
            return found
    return Service(PROVIDERS.get(resource.provider, resource.provider or OTHER), resource.type, OTHER)


def _items(resource: ReportedResource, component: CostComponent | None) -> Iterator[str]:
    if component is not None and component.price is not None:
        yield component.price.item
    yield from (c.price.item for c in resource.estimate.components if c.price is not None)


def _named(provider: str, service: str) -> Service | None:
    """By the resource's own cloud; a Kubernetes workload's is that of the machine it runs on."""
    own = _CLOUDS.get(PROVIDERS.get(provider, ""))
    for cloud in (own,) if own else SERVICES:
        if service in SERVICES[cloud]:
            name, category = SERVICES[cloud][service]
            return Service(PROVIDERS[cloud], name, category)
    return None
