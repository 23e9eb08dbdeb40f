# Bakes the agent's package into an AMI, and tells deploys of it; README.md beside this file says how to run it.

variable "region" {
  type        = string
  description = "The region of the environments that start instances from the AMI."
}

variable "architecture" {
  type        = string
  default     = "x86_64"
  description = "The processor, in EC2's words: x86_64 or arm64."

  validation {
    condition     = contains(["x86_64", "arm64"], var.architecture)
    error_message = "The architecture must be x86_64 or arm64."
  }
}

variable "package" {
  type        = string
  description = "The .rpm of jetway-agent for that processor."
}

variable "package_sha256" {
  type        = string
  description = "Its checksum, from SHA256SUMS."

  validation {
    condition     = length(var.package_sha256) == 64
    error_message = "The package_sha256 must have 64 digits."
  }
}

variable "parameter" {
  type        = string
  default     = "/jetway/ami"
  description = "The AMI's id is written into the parameter of this name, a slash and the architecture."
}

variable "subnet_id" {
  type        = string
  default     = null
  description = "Where the instance is that the AMI is made from; otherwise in the default network."
}

locals {
  made_at = formatdate("YYYYMMDD-hhmmss", timestamp())
}

source "amazon-ebs" "agent" {
  region        = var.region
  subnet_id     = var.subnet_id
  instance_type = var.architecture == "arm64" ? "t4g.small" : "t3.small"
  ssh_username  = "ec2-user"
  # The key that this run logs in with must not open what starts from the AMI.
  ssh_clear_authorized_keys = true

  ami_name        = "jetway-agent-${var.architecture}-${local.made_at}"
  ami_description = "Amazon Linux 2023 with Docker, the CloudWatch agent and jetway-agent"

  # The standard AMI alone: the names of the minimal ones and of those for ECS go on otherwise.
  source_ami_filter {
    owners      = ["amazon"]
    most_recent = true
    filters = {
      name                = "al2023-ami-2023.*-${var.architecture}"
      architecture        = var.architecture
      root-device-type    = "ebs"
      virtualization-type = "hvm"
    }
  }

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  tags = {
    "jetway:package" = var.package_sha256
  }
}

build {
  sources = ["source.amazon-ebs.agent"]

  provisioner "file" {
    source      = var.package
    destination = "/tmp/jetway-agent.rpm"
  }

  provisioner "shell" {
    script          = "${path.root}/provision.sh"
    execute_command = "sudo bash {{ .Path }} /tmp/jetway-agent.rpm ${var.package_sha256}"
  }

  post-processors {
    post-processor "manifest" {
      output = "jetway-ami.json"
    }
    post-processor "shell-local" {
      inline = ["${path.root}/register.sh jetway-ami.json ${var.region} ${var.parameter}/${var.architecture}"]
    }
  }
}
