"""What is written down and watched: log groups, metric filters, alarms, topics and trails."""

from __future__ import annotations

from typing import Any

from ..lab import ACCOUNT, PARTITION
from . import Context, Kind, Made, changes_tags, kind, tags_as_map


@kind("AWS::Logs::LogGroup", "KmsKeyId LogGroupClass LogGroupName! RetentionInDays Tags")
class LogGroup(Kind):
    def create(self, context: Context, properties: dict[str, Any]) -> Made:
        logs = context.client("logs")
        name = properties.get("LogGroupName") or context.name(512)
        key = {"kmsKeyId": properties["KmsKeyId"]} if "KmsKeyId" in properties else {}
        tags = tags_as_map(context.tags(properties))
        logs.create_log_group(logGroupName=name, **key, **({"tags": tags} if tags else {}))
        if "RetentionInDays" in properties:
            logs.put_retention_policy(logGroupName=name, retentionInDays=int(properties["RetentionInDays"]))
        return name, {"Arn": f"arn:{PARTITION}:logs:{context.region}:{ACCOUNT}:log-group:{name}:*"}

    def update(
        self, context: Context, physical: str, old: dict[str, Any], new: dict[str, Any]
    ) -> dict[str, Any] | None:
        logs = context.client("logs")
        tags, gone = changes_tags(context, old, new)
        arn = f"arn:{PARTITION}:logs:{context.region}:{ACCOUNT}:log-group:{physical}"
        if tags:
            logs.tag_resource(resourceArn=arn, tags=tags_as_map(tags))
        if gone:
            logs.untag_resource(resourceArn=arn, tagKeys=gone)
        if old.get("RetentionInDays") != new.get("RetentionInDays"):
            if "RetentionInDays" in new:
                logs.put_retention_policy(logGroupName=physical, retentionInDays=int(new["RetentionInDays"]))
            else:
                logs.delete_retention_policy(logGroupName=physical)
        return None

    def delete(self, context: Context, physical: str, properties: dict[str, Any]) -> None:
        context.client("logs").delete_log_group(logGroupName=physical)


@kind("AWS::Logs::MetricFilter", "FilterName! *FilterPattern *LogGroupName! *MetricTransformations")
class MetricFilter(Kind):
    def create(self, context: Context, properties: dict[str, Any]) -> Made:
        name = properties.get("FilterName") or context.name(512)
        self._put(context, name, properties)
        return name, {}

    def _put(self, context: Context, name: str, properties: dict[str, Any]) -> None:
        transformations = []
        for each in properties["MetricTransformations"]:
            found = {key[0].lower() + key[1:]: value for key, value in each.items()}
            if "defaultValue" in found:
                found["defaultValue"] = float(found["defaultValue"])
            transformations.append(found)
        context.client("logs").put_metric_filter(
            logGroupName=properties["LogGroupName"],
            filterName=name,
            filterPattern=properties["FilterPattern"],
            metricTransformations=transformations,
        )

    def update(
        self, context: Context, physical: str, old: dict[str, Any], new: dict[str, Any]
    ) -> dict[str, Any] | None:
        self._put(context, physical, new)
        return None

    def delete(self, context: Context, physical: str, properties: dict[str, Any]) -> None:
        context.client("logs").delete_metric_filter(logGroupName=properties["LogGroupName"], filterName=physical)


@kind(
    "AWS::CloudWatch::Alarm",
    "ActionsEnabled AlarmActions AlarmDescription AlarmName! *ComparisonOperator DatapointsToAlarm Dimensions "
    "*EvaluationPeriods InsufficientDataActions MetricName Namespace OKActions Period Statistic Tags Threshold "
    "TreatMissingData Unit",
)
class Alarm(Kind):
    def create(self, context: Context, properties: dict[str, Any]) -> Made:
        name = properties.pop("AlarmName", None) or context.name(255)
        self._put(context, name, properties)
        arn = f"arn:{PARTITION}:cloudwatch:{context.region}:{ACCOUNT}:alarm:{name}"
        return name, {"Arn": arn}

    def _put(self, context: Context, name: str, properties: dict[str, Any]) -> None:
        tags = context.tags(properties)
        wanted = dict(properties)
        for each in ("EvaluationPeriods", "Period", "DatapointsToAlarm"):
            if each in wanted:
                wanted[each] = int(wanted[each])
        if "Threshold" in wanted:
            wanted["Threshold"] = float(wanted["Threshold"])
        context.client("cloudwatch").put_metric_alarm(AlarmName=name, Tags=tags, **wanted)

    def update(
        self, context: Context, physical: str, old: dict[str, Any], new: dict[str, Any]
    ) -> dict[str, Any] | None:
        self._put(context, physical, new)
        return None

    def delete(self, context: Context, physical: str, properties: dict[str, Any]) -> None:
        context.client("cloudwatch").delete_alarms(AlarmNames=[physical])


@kind("AWS::SNS::Topic", "DisplayName FifoTopic! KmsMasterKeyId Subscription Tags TopicName!")
class Topic(Kind):
    def create(self, context: Context, properties: dict[str, Any]) -> Made:
        tags = context.tags(properties)
        name = properties.get("TopicName") or context.name(256)
        attributes = {each: properties[each] for each in ("DisplayName", "KmsMasterKeyId") if each in properties}
        arn = context.client("sns").create_topic(Name=name, Attributes=attributes, Tags=tags)["TopicArn"]
        return arn, {"TopicArn": arn, "TopicName": name}

    def update(
        self, context: Context, physical: str, old: dict[str, Any], new: dict[str, Any]
    ) -> dict[str, Any] | None:
        sns = context.client("sns")
        tags, gone = changes_tags(context, old, new)
        if tags:
            sns.tag_resource(ResourceArn=physical, Tags=tags)
        if gone:
            sns.untag_resource(ResourceArn=physical, TagKeys=gone)
        for each in ("DisplayName", "KmsMasterKeyId"):
            if old.get(each) != new.get(each):
                value = new.get(each, "")
                sns.set_topic_attributes(TopicArn=physical, AttributeName=each, AttributeValue=value)
        return None

    def delete(self, context: Context, physical: str, properties: dict[str, Any]) -> None:
        context.client("sns").delete_topic(TopicArn=physical)


@kind(
    "AWS::CloudTrail::Trail",
    "CloudWatchLogsLogGroupArn CloudWatchLogsRoleArn EnableLogFileValidation EventSelectors IncludeGlobalServiceEvents "
    "*IsLogging IsMultiRegionTrail KMSKeyId *S3BucketName S3KeyPrefix SnsTopicName Tags TrailName!",
)
class Trail(Kind):
    def create(self, context: Context, properties: dict[str, Any]) -> Made:
        trails = context.client("cloudtrail")
        name = properties.get("TrailName") or context.name(128)
        made = trails.create_trail(Name=name, TagsList=context.tags(properties), **self._wanted(properties))
        if str(properties["IsLogging"]).lower() == "true":
            trails.start_logging(Name=name)
        return name, {"Arn": made["TrailARN"]}

    def _wanted(self, properties: dict[str, Any]) -> dict[str, Any]:
        wanted = {key: value for key, value in properties.items() if key not in ("TrailName", "IsLogging", "Tags")}
        if "KMSKeyId" in wanted:
            wanted["KmsKeyId"] = wanted.pop("KMSKeyId")
        for each in ("EnableLogFileValidation", "IncludeGlobalServiceEvents", "IsMultiRegionTrail"):
            if each in wanted:
                wanted[each] = str(wanted[each]).lower() == "true"
        return wanted

    def update(
        self, context: Context, physical: str, old: dict[str, Any], new: dict[str, Any]
    ) -> dict[str, Any] | None:
        trails = context.client("cloudtrail")
        trails.update_trail(Name=physical, **self._wanted(new))
        arn = f"arn:{PARTITION}:cloudtrail:{context.region}:{ACCOUNT}:trail/{physical}"
        tags, gone = changes_tags(context, old, new)
        if tags:
            trails.add_tags(ResourceId=arn, TagsList=tags)
        if gone:
            trails.remove_tags(ResourceId=arn, TagsList=[{"Key": key} for key in gone])
        return None

    def delete(self, context: Context, physical: str, properties: dict[str, Any]) -> None:
        context.client("cloudtrail").delete_trail(Name=physical)
