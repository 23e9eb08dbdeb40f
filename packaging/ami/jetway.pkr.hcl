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

variable "images" {
  type        = list(string)
  default     = []
  description = "Archives of images for that processor, of `jetway image export` or `docker save`, whose layers instances then have."

  validation {
    condition     = length(var.images) == length(distinct([for image in var.images : basename(image)]))
    error_message = "The images must have different file names."
  }
}

variable "volume" {
  type        = number
  default     = 8
  description = "The size of the AMI's disk in GiB; an instance's must be as large."
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
  # On the disk: /tmp is in memory, and archives of images may be larger than that.
  uploads  = "/var/tmp/jetway/"
  archives = [for image in var.images : "'${local.uploads}${basename(image)}'"]
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

  launch_block_device_mappings {
    device_name           = "/dev/xvda"
    volume_size           = var.volume
    delete_on_termination = true
  }

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

  provisioner "shell" {
    inline = ["mkdir -p ${local.uploads}"]
  }

  provisioner "file" {
    sources     = concat([var.package], var.images)
    destination = local.uploads
  }

  provisioner "shell" {
    script = "${path.root}/provision.sh"
    execute_command = join(" ", concat(
      ["sudo bash {{ .Path }}", "'${local.uploads}${basename(var.package)}'", var.package_sha256], local.archives,
    ))
  }

  provisioner "shell" {
    inline = ["rm -rf ${local.uploads}"]
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
