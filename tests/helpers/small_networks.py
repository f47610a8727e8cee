"""Small networks of each kind that is exported."""

import hashlib

import torch
from mmengine.config import ConfigDict
from mmengine.registry import DefaultScope

from snreid_mm.deployment import ExportInfo, describe, normalization_of
from snreid_mm.registry import MODELS

SIZE = 64, 32  # height, width
POSE = dict(
    type='TopdownPoseEstimator',
    backbone=dict(type='ResNet', depth=18, base_channels=8, stem_channels=8),
    head=dict(
        type='HeatmapHead',
        in_channels=64,
        out_channels=17,
        deconv_out_channels=(16, ),
        deconv_kernel_sizes=(4, ),
        loss=dict(type='KeypointMSELoss'),
        decoder=dict(
            type='MSRAHeatmap',
            input_size=SIZE[::-1],
            heatmap_size=(4, 8),
            sigma=1.5)))
SMALL_RESNET = dict(
    type='ResNet', depth=18, base_channels=8, stem_channels=8)
NETWORKS = {
    'two-stream':
    dict(
        backbone=dict(SMALL_RESNET, strides=(1, 2, 2, 1)),
        part_extractor=dict(
            type='snreid_mm.MMPosePartExtractor',
            pose_estimator=POSE,
            grid=(4, 2)),
        neck=[
            dict(
                type='snreid_mm.CompactBilinearPooling',
                out_channels=64,
                signed_sqrt=True,
                normalize=False),
            dict(
                type='LinearNeck', out_channels=32,
                norm_cfg=dict(type='BN1d')),
        ],
        normalize_embedding=True),
    'resnet50-fc512':
    dict(
        backbone=dict(SMALL_RESNET, depth=50),
        neck=[
            dict(type='GlobalAveragePooling'),
            dict(
                type='LinearNeck',
                out_channels=32,
                norm_cfg=dict(type='BN1d'),
                act_cfg=dict(type='ReLU')),
        ]),
    'osnet':
    dict(
        backbone=dict(type='snreid_mm.OSNet', width=0.25),
        neck=dict(type='GlobalAveragePooling'),
        normalize_embedding=True),
    'vit':
    dict(
        backbone=dict(
            type='VisionTransformer',
            arch=dict(
                embed_dims=48,
                num_layers=2,
                num_heads=3,
                feedforward_channels=96),
            img_size=SIZE,
            patch_size=16),
        flip_test=True,
        normalize_embedding=True),
}
PREPROCESSOR = dict(
    mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], to_rgb=True)
PIPELINE = [
    dict(type='snreid_mm.LoadCropFromFile'),
    dict(type='Resize', scale=SIZE[::-1]),
    dict(
        type='PackInputs',
        meta_keys=('img_path', 'bbox_idx', 'action_idx', 'person_uid',
                   'subset')),
]


def build(name):
    """Build a small network whose embeddings of two images differ."""
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        model = MODELS.build(
            dict(
                type='snreid_mm.PlayerReID',
                input_size=SIZE,
                data_preprocessor=PREPROCESSOR,
                **ConfigDict(NETWORKS[name])))
    # Norm layers with statistics of their own, as of a trained network.
    model.train()
    with torch.no_grad():
        for _ in range(3):
            model(torch.randn(8, 3, *SIZE))
    return model.eval()


def info_of(model, **changes):
    mean, std, to_rgb = normalization_of(model)
    return ExportInfo(
        **{
            **dict(
                height=SIZE[0],
                width=SIZE[1],
                interpolation='bilinear',
                resize_backend='cv2',
                mean=mean,
                std=std,
                to_rgb=to_rgb,
                folded=False,
                input_type='float32',
                embedding_dim=model.embedding_dim,
                unit_length=model.normalize_embedding,
                flip_test=model.flip_test,
                model=describe(model),
                config='small.py',
                checkpoint='small.pth',
                checkpoint_sha256=hashlib.sha256(b'').hexdigest()),
            **changes
        })
